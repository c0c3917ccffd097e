import { memory } from "@tensorflow/tfjs-core";
import { type BackendName, backendNames, useBackend } from "@tx/backend";
import { configureSimd } from "@tx/simd";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Contestant } from "../turns";
import { UserError } from "../user-error";

/** Options that every command has. */
export interface CommonOptions {
  backend: string;
  threads?: number;
  vs?: "torch";
  python: string;
  json?: string;
}

/** Adds a command with the options that all have. */
export function commonCommand(program: Command, name: string, what: string): Command {
  return program
    .command(name)
    .description(what)
    .option("--backend <name>", Object.keys(backendNames).join(", "), "auto")
    .option("--threads <n>", "threads of simd and of PyTorch (default: one a core)", wholeNumber)
    .addOption(new Option("--vs <peer>", "also run a peer, in turn").choices(["torch"]))
    .option("--python <command>", "a Python that has PyTorch", "python3")
    .option("--json <file>", "also write the figures to a file");
}

/** Our own side of a contest, so many pieces of work a turn. */
export function oursOf(name: string, once: () => Promise<number>, each: number): Contestant {
  const turn = async () => {
    const times: number[] = [];
    for (let n = 0; n < each; n++) times.push(await once());
    return times;
  };
  return { name, turn };
}

/** The most memory that this process has had, and what the backend says of its own. */
export function machineMemory(): { peakRssBytes: number; backendMemory: object } {
  const { bytesInUse, bytesReserved } = memory() as { bytesInUse?: number; bytesReserved?: number };
  return {
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    backendMemory: { bytesInUse, bytesReserved },
  };
}

/** @throws UserError if the backend does not come up. */
export async function bringUp({ backend, threads }: CommonOptions): ReturnType<typeof useBackend> {
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
