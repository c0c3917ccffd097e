import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ready, setBackend } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { type Command, InvalidArgumentError } from "commander";
import { UserError } from "../user-error";
import { pageOf } from "./page";

interface Options {
  readonly out: string;
  readonly length: number;
  readonly heads: number;
  readonly seed: number;
}

/** The command that writes one page with what every strategy induces. */
export function addPositions(program: Command): void {
  program
    .command("positions")
    .description("writes a page with the matrices of every positional strategy, side by side")
    .option("--out <file>", "the page", "positions.html")
    .option("--length <tokens>", "positions to show, 2 to 64", wholeFrom(2, 64), 24)
    .option("--heads <count>", "heads of the strategies, 1 to 16", wholeFrom(1, 16), 4)
    .option("--seed <number>", "seed of the untrained weights", wholeFrom(0, 2 ** 31), 1)
    .action(async ({ out, ...sizes }: Options) => {
      await setBackend("cpu");
      await ready();
      const file = resolve(out);
      write(file, await pageOf(sizes));
      console.log(`written: ${file}`);
    });
}

/** Whole or not at all: a page that was there stays until the new one is complete. */
function write(file: string, text: string): void {
  const half = `${file}.${process.pid}.part`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(half, text);
    renameSync(half, file);
  } catch (error) {
    rmSync(half, { force: true });
    throw new UserError(
      `--out: expected a file that can be written, got ${(error as Error).message}`,
    );
  }
}

function wholeFrom(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!(Number.isInteger(number) && number >= least && number <= most)) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}
