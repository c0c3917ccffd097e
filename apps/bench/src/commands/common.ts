import { memory } from "@tensorflow/tfjs-core";
import { type ActiveBackend, type BackendName, backendNames, useBackend } from "@tx/backend";
import { configureSimd } from "@tx/simd";
import { type Command, InvalidArgumentError } from "commander";
import { contestantsOf } from "../peers/contestants";
import { peerNames, peersOf } from "../peers/names";
import type { Work } from "../peers/request";
import { type Contest, type Contestant, type Standing, takeTurns } from "../turns";
import { UserError } from "../user-error";

/** Options of every command that runs on a backend. */
export interface BackendOptions {
  backend: string;
  threads?: number;
  json?: string;
}

/** Options of those that peers take part in. */
export interface PeerOptions extends BackendOptions {
  vs?: string;
  python: string;
}

/** Adds a command with the options that all have. */
export function backendCommand(program: Command, name: string, what: string): Command {
  return program
    .command(name)
    .description(what)
    .option("--backend <name>", Object.keys(backendNames).join(", "), "auto")
    .option("--threads <n>", "threads of simd and of PyTorch (default: one a core)", wholeNumber)
    .option("--json <file>", "also write the figures to a file");
}

/** The same for a command that peers take part in. */
export function peerCommand(program: Command, name: string, what: string): Command {
  return backendCommand(program, name, what)
    .option(
      "--vs <peers>",
      `also run peers, in turn: some of ${Object.keys(peerNames).join(",")}; name:backend chooses one's backend`,
    )
    .option("--python <command>", "a Python that has PyTorch", "python3");
}

/** Our own side of a contest, so many pieces of work a turn. */
function oursOf(name: string, once: () => Promise<number>, each: number): Contestant {
  const turn = async () => {
    const times: number[] = [];
    for (let n = 0; n < each; n++) times.push(await once());
    return times;
  };
  return { name, turn, about: () => ({ peer: "tx", ...machineMemory() }) };
}

interface Compared {
  readonly work: Work;
  readonly once: () => Promise<number>;
  /** The same work done by us in other ways, beside it. */
  readonly variants?: readonly { readonly name: string; readonly once: () => Promise<number> }[];
  /** Pieces of work a turn. */
  readonly runs: number;
  readonly turns: number;
}

/**
 * We and the peers that were asked for do the same work in turn.
 *
 * @throws UserError for a peer that there is none of.
 */
export async function compare(
  options: PeerOptions,
  { name }: ActiveBackend,
  { work, once, variants = [], runs, turns }: Compared,
): Promise<Contest> {
  const { threads, python } = options;
  const settings = { backend: name, threads, python, runs };
  const peers = contestantsOf(peersOf(options.vs), work, settings);
  try {
    const ours = [{ name, once }, ...variants].map((one) => oursOf(one.name, one.once, runs));
    return await takeTurns([...ours, ...peers], turns);
  } finally {
    for (const peer of peers) peer.stop?.();
  }
}

/** Our own times. @throws UserError if we failed: then there is nothing to compare with. */
export function ownStanding({ standings, failures }: Contest, name: string): Standing {
  const failure = failures.find((one) => one.name === name);
  if (failure) throw new UserError(`${name}: ${failure.error}`);
  const [own] = standings;
  if (!own) throw new Error("standings: expected ours, got none");
  return own;
}

/** What the backend says of its memory, in bytes; what it does not say is absent. */
interface BackendMemory {
  readonly bytesInUse?: number | undefined;
  readonly bytesReserved?: number | undefined;
  readonly numBytesInGPU?: number | undefined;
  readonly numBytesInGPUAllocated?: number | undefined;
}

/** The most memory that this process has had, and what the backend says of its own. */
export function machineMemory(): { peakRssBytes: number; backendMemory: BackendMemory } {
  const { bytesInUse, bytesReserved, numBytesInGPU, numBytesInGPUAllocated } =
    memory() as BackendMemory;
  return {
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    backendMemory: { bytesInUse, bytesReserved, numBytesInGPU, numBytesInGPUAllocated },
  };
}

/** @throws UserError if the backend does not come up. */
export async function bringUp({ backend, threads }: BackendOptions): Promise<ActiveBackend> {
  if (threads !== undefined) configureSimd({ threads });
  try {
    return await useBackend(backend as BackendName);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

/** @throws InvalidArgumentError for commander, if it is not a whole number from 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1)) {
    throw new InvalidArgumentError("expected a whole number from 1.");
  }
  return value;
}

/** @throws InvalidArgumentError for commander, if it is not such numbers with commas between. */
export function wholeNumbers(text: string): number[] {
  return text.split(",").map(wholeNumber);
}
