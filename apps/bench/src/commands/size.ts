import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BundleSize, bundleSize, type Pick } from "@tx/testing/bundle-size";
import type { Command } from "commander";
import { appFolder } from "../places";
import { formatRows, thisMachine, writeJson } from "../report";
import { UserError } from "../user-error";

export function addSize(program: Command): void {
  program
    .command("size")
    .description("measure the bundle of each package and of typical picks, TensorFlow.js apart")
    .option("--json <file>", "also write the figures to a file")
    .action(size);
}

/** What somebody might import of several packages. */
const picks: readonly Pick[] = [
  { name: "{ rmsNorm } of @tx/ops", imports: { "@tx/ops": ["rmsNorm"] } },
  { name: "{ attention } of @tx/ops", imports: { "@tx/ops": ["attention"] } },
  { name: "{ rope } of @tx/positional", imports: { "@tx/positional": ["rope"] } },
  {
    name: "{ MultiHeadAttention, causal } of @tx/attention",
    imports: { "@tx/attention": ["MultiHeadAttention", "causal"] },
  },
  { name: "a GPT that generates", imports: { "@tx/model": ["gpt", "generate"] } },
  {
    name: "a GPT that trains and generates",
    imports: {
      "@tx/model": ["gpt", "generate"],
      "@tx/training": ["AdamW", "causalLoss", "createTrainStep"],
      "@tx/core": ["Rng"],
    },
  },
];

/** TensorFlow.js itself, which programs that use it have anyway. */
const tensorFlow: readonly Pick[] = ["core", "backend-cpu", "backend-wasm", "backend-webgpu"].map(
  (part) => ({
    name: `@tensorflow/tfjs-${part}, whole`,
    imports: { [`@tensorflow/tfjs-${part}`]: [] },
  }),
);

const isTensorFlow = (path: string) => path.startsWith("@tensorflow/");

async function size({ json }: { json?: string }): Promise<void> {
  const packages = join(appFolder, "..", "..", "packages");
  if (!existsSync(packages)) {
    throw new UserError(`size: expected the repository's packages, got none at ${packages}`);
  }
  const rows: { name: string; group: "package" | "pick" | "tensorflow"; size: BundleSize }[] = [];
  for (const folder of readdirSync(packages).sort()) {
    const manifest = join(packages, folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string };
    // By its file: not every package is a dependency of this app.
    const imports = { [join(packages, folder, "src", "index.ts")]: [] };
    const sized = await bundleSize({ name, imports }, { folder: appFolder, apart: isTensorFlow });
    rows.push({ name, group: "package", size: sized });
  }
  for (const pick of picks) {
    const sized = await bundleSize(pick, { folder: appFolder, apart: isTensorFlow });
    rows.push({ name: pick.name, group: "pick", size: sized });
  }
  for (const pick of tensorFlow) {
    const [own] = Object.keys(pick.imports);
    const apart = (path: string) => isTensorFlow(path) && !path.startsWith(own!);
    const sized = await bundleSize(pick, { folder: appFolder, apart });
    rows.push({ name: pick.name, group: "tensorflow", size: sized });
  }
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`.padStart(11);
  console.log(
    formatRows([
      ["", `${["minified", "gzip", "brotli"].map((head) => head.padStart(11)).join("")}`],
      ...rows.map(({ name, size: { minified, gzip, brotli } }): [string, string] => [
        name,
        [minified, gzip, brotli].map(kilobytes).join(""),
      ]),
    ]),
  );
  const date = new Date().toISOString();
  const report = {
    command: "size",
    node: process.version,
    date,
    machine: thisMachine(),
    sizes: rows,
  };
  if (json !== undefined) writeJson(json, report);
}
