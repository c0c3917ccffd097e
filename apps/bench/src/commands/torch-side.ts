import { Torch } from "../torch";
import type { Contestant } from "../turns";
import { UserError } from "../user-error";
import type { CommonOptions } from "./common";

/** PyTorch's part in a command: nothing unless it was asked for. */
export interface TorchSide {
  readonly contestants: Contestant[];
  round<Result>(): Promise<Result | undefined>;
  about(standings: readonly object[]): object;
  stop(): void;
}

/** @throws UserError if PyTorch was asked for and does not start. */
export async function torchOf(
  { vs, python, threads }: CommonOptions,
  work: string,
  options: Record<string, string | number>,
): Promise<TorchSide> {
  if (vs !== "torch") {
    return { contestants: [], round: async () => undefined, about: () => ({}), stop: () => {} };
  }
  let torch: Torch;
  try {
    torch = await Torch.start(python, work, { ...options, ...(threads ? { threads } : {}) });
  } catch (error) {
    throw new UserError(`--vs torch: ${python}: ${(error as Error).message}`);
  }
  const name = `torch ${torch.about.torch}, ${torch.about.threads} threads`;
  let peakRssBytes = 0;
  const turn = async () => {
    const result = await torch.round<{ ms: number[]; peakRssBytes: number }>();
    peakRssBytes = result.peakRssBytes;
    return result.ms;
  };
  return {
    contestants: [{ name, turn }],
    round: () => torch.round(),
    about: ([standing]) => ({ torch: { ...torch.about, ...standing, peakRssBytes } }),
    stop: () => torch.stop(),
  };
}
