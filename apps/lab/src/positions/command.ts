import { resolve } from "node:path";
import { ready, setBackend } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { Command } from "commander";
import { wholeFrom } from "../command/whole-from";
import { writeWhole } from "../write-whole";
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
      writeWhole(file, await pageOf(sizes));
      console.log(`written: ${file}`);
    });
}
