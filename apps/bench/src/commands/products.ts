import type { Command } from "commander";
import { ContentionWatch } from "../contention";
import { torchProducts } from "../peers/contestants";
import { peersOf } from "../peers/names";
import { measureProducts } from "../products";
import { circumstances, formatRows, writeJson } from "../report";
import { messageOf } from "../turns";
import { UserError } from "../user-error";
import { bringUp, type PeerOptions, peerCommand, wholeNumber } from "./common";

export function addProducts(program: Command): void {
  peerCommand(program, "products", "measure matrix products in each layout, in GFLOP/s")
    .option("--runs <n>", "measurements a product", wholeNumber, 7)
    .action(products);
}

async function products(options: PeerOptions & { runs: number }): Promise<void> {
  const other = peersOf(options.vs).find(({ name }) => name !== "torch");
  if (other) throw new UserError(`--vs: expected torch or none for products, got ${other.name}`);
  const backend = await bringUp(options);
  const watch = await ContentionWatch.start();
  const { rates, best, loop } = await measureProducts(options.runs);
  const theirs = options.vs === undefined ? {} : await torchRates(options);
  const report = {
    ...circumstances("products", backend, await watch.end()),
    ...{ gflops: rates, gflopsBest: best, oneCoreLoop: loop, ...theirs },
  };
  const { torch, failures = [] } = report;
  const line = (rate: number | undefined) =>
    rate === undefined ? "" : rate.toFixed(1).padStart(8);
  console.log(
    formatRows([
      [
        "GFLOP/s",
        `${backend.name.padStart(8)}    best${loop ? "    loop" : ""}${torch ? "   torch" : ""}`,
      ],
      ...Object.entries(rates).map(([name, rate]): [string, string] => [
        name,
        line(rate) + line(best[name]) + line(loop?.[name]) + line(torch?.[name]),
      ]),
      ...failures.map(({ name, error }): [string, string] => [name, `cannot: ${error}`]),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}

interface TorchRates {
  readonly torch?: Record<string, number>;
  readonly failures?: { name: string; error: string }[];
}

async function torchRates(options: PeerOptions & { runs: number }): Promise<TorchRates> {
  try {
    return { torch: await torchProducts(options) };
  } catch (error) {
    return { failures: [{ name: "torch", error: messageOf(error) }] };
  }
}
