import { join } from "node:path";
import { appFolder, programArguments } from "../places";
import type { Contestant } from "../turns";
import { backendOfPeer, type PeerChoice } from "./names";
import { PeerProcess } from "./peer-process";
import type { PeerTurn, Work } from "./request";

export interface PeerSettings {
  /** The backend that we run on. */
  readonly backend: string;
  readonly threads: number | undefined;
  readonly python: string;
  /** Pieces of work a turn. */
  readonly runs: number;
}

/** Peers as contestants; their processes start with their first turn. */
export function contestantsOf(
  peers: readonly PeerChoice[],
  work: Work,
  settings: PeerSettings,
): Contestant[] {
  return peers.flatMap((peer) => {
    if (peer.name === "torch") return torchOf(work, settings);
    const backend = backendOfPeer(peer, settings.backend);
    const request = JSON.stringify({ work, backend, runs: settings.runs });
    const command = [process.execPath, ...programArguments(peer.name), request];
    return [contestantOf(peer.name, `${peer.name} on ${backend}`, command)];
  });
}

const torchScript = join(appFolder, "python", "torch_bench.py");

function torchOf(work: Work, { threads, python, runs }: PeerSettings): Contestant[] {
  const { kind, ...sizes } = work;
  const flags = Object.entries({ ...sizes, runs, ...(threads ? { threads } : {}) }).flatMap(
    ([name, value]) => [
      `--${name}`,
      typeof value === "object" ? JSON.stringify(value) : `${value}`,
    ],
  );
  const eager = contestantOf("torch", "torch eager", [python, torchScript, kind, ...flags]);
  // One token at a time with a growing cache is no work for a compiler of fixed shapes.
  if (kind === "generate") return [eager];
  const compiled = [python, torchScript, kind, ...flags, "--compile"];
  return [eager, contestantOf("torch", "torch compiled", compiled)];
}

function contestantOf(peer: string, name: string, [command, ...args]: string[]): Contestant {
  let peerProcess: PeerProcess | undefined;
  let peak: Omit<PeerTurn, "ms"> | undefined;
  return {
    name,
    turn: async () => {
      peerProcess ??= await PeerProcess.start(command!, args);
      const { ms, ...memory } = await peerProcess.turn();
      peak = memory;
      return ms;
    },
    about: () => ({ peer, ...peerProcess?.about, ...peak }),
    stop: () => peerProcess?.stop(),
  };
}

/**
 * PyTorch's rates of products by name, in GFLOP/s.
 *
 * @throws Error with its own words if it cannot.
 */
export async function torchProducts({
  python,
  threads,
  runs,
}: Pick<PeerSettings, "python" | "runs"> & { threads?: number }): Promise<Record<string, number>> {
  const flags = threads ? ["--threads", String(threads)] : [];
  const args = [torchScript, "products", "--runs", String(runs), ...flags];
  const torch = await PeerProcess.start(python, args);
  try {
    const { peakRssBytes: _, ...rates } = await torch.turn<Record<string, number>>();
    return rates as Record<string, number>;
  } finally {
    torch.stop();
  }
}
