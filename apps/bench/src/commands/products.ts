import { loadavg } from "node:os";
import type { Command } from "commander";
import { measureProducts } from "../products";
import { circumstances, formatRows, writeJson } from "../report";
import { bringUp, type CommonOptions, commonCommand, wholeNumber } from "./common";
import { torchOf } from "./torch-side";

export function addProducts(program: Command): void {
  commonCommand(program, "products", "measure matrix products in each layout, in GFLOP/s")
    .option("--runs <n>", "measurements a product", wholeNumber, 7)
    .action(products);
}

async function products(options: CommonOptions & { runs: number }): Promise<void> {
  const backend = await bringUp(options);
  const torch = await torchOf(options, "products", { runs: options.runs });
  const before = loadavg()[0] ?? 0;
  const { rates, best, loop } = await measureProducts(options.runs);
  const theirs = await torch.round<Record<string, number>>();
  torch.stop();
  const report = {
    ...circumstances(backend, { before, after: loadavg()[0] ?? 0 }),
    gflops: rates,
    gflopsBest: best,
    oneCoreLoop: loop,
    torch: theirs,
  };
  const line = (rate: number | undefined) =>
    rate === undefined ? "" : rate.toFixed(1).padStart(8);
  console.log(
    formatRows([
      [
        "GFLOP/s",
        `${backend.name.padStart(8)}    best${loop ? "    loop" : ""}${theirs ? "   torch" : ""}`,
      ],
      ...Object.entries(rates).map(([name, rate]): [string, string] => [
        name,
        line(rate) + line(best[name]) + line(loop?.[name]) + line(theirs?.[name]),
      ]),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}
