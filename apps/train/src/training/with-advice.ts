import type { Config } from "../config/config";
import type { Recorder } from "../runs/recorder";
import { shellWord } from "../terminal/format";
import { commandLine } from "../terminal/this-program";
import { messageOf, UserError } from "../user-error";
import { deviceTrouble } from "./device-trouble";
import type { DeviceWatch } from "./device-watch";

/** What there is to lose when a device gives out. */
export interface AtStake {
  readonly config: Pick<Config, "batch" | "length">;
  readonly folder: string;
  readonly recorder: Pick<Recorder, "savedStep">;
  readonly device: DeviceWatch;
}

/**
 * Does a piece of a training.
 *
 * @throws UserError where memory or the device gives out: what was saved and how to go on.
 */
export async function withAdvice<T>(atStake: AtStake, work: () => Promise<T>): Promise<T> {
  try {
    return await atStake.device.guard(work);
  } catch (error) {
    const trouble = deviceTrouble(error);
    if (trouble === null) throw error;
    throw new UserError(`${messageOf(error)}\n${adviceFor(trouble, atStake)}`);
  }
}

/** `step 40 is saved: go on with npm start -- resume runs/a --batch 4` */
export const goingOn = (folder: string, step: number, ...options: readonly string[]): string =>
  `step ${step} is saved: go on with ${commandLine("resume", shellWord(folder), ...options)}`;

function adviceFor(trouble: "memory" | "lost", { config, folder, recorder }: AtStake): string {
  const { savedStep } = recorder;
  const smaller = trouble === "memory" ? smallerThan(config) : [];
  if (savedStep !== null) return goingOn(folder, savedStep, ...smaller);
  if (trouble === "lost") {
    return "nothing was saved yet: start again, perhaps with another --backend";
  }
  const batch = config.batch > 1 ? `a smaller batch (${smaller.join(" ")}), ` : "";
  return `nothing was saved yet: try ${batch}--length or --d-model`;
}

/** Settings with which a step takes about half the memory. */
function smallerThan({ batch, length }: AtStake["config"]): string[] {
  if (batch > 1) return [`--batch ${Math.floor(batch / 2)}`];
  return length > 1 ? [`--length ${Math.floor(length / 2)}`] : [];
}
