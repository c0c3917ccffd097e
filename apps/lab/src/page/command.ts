import { resolve } from "node:path";
import type { Command } from "commander";
import { wholeFrom } from "../command/whole-from";

interface Options {
  readonly port: number;
  readonly out?: string;
  readonly dev?: boolean;
}

/** The command that builds the page and serves it, or leaves it in a folder for any server. */
export function addPage(program: Command): void {
  program
    .command("page")
    .description("builds the page of the lab and serves it on this machine")
    .option("--port <number>", "where it is served", wholeFrom(1, 65_535), 4173)
    .option("--out <folder>", "only builds it into this folder, for any server of static files")
    .option("--dev", "serves the sources as they change, for work on the page")
    .action(run);
}

async function run({ port, out, dev }: Options): Promise<void> {
  // Here and not above: no other command needs Vite.
  const { build, createServer, mergeConfig, preview } = await import("vite");
  const { pageConfig } = await import("./build/config");
  if (dev) {
    const server = await createServer(mergeConfig(pageConfig(), { server: { port } }));
    await server.listen();
    server.printUrls();
    return;
  }
  if (out !== undefined) {
    const outDir = resolve(out);
    await build(mergeConfig(pageConfig(), { build: { outDir } }));
    console.log(`written: ${outDir}`);
    return;
  }
  await build(pageConfig());
  const server = await preview(mergeConfig(pageConfig(), { preview: { port } }));
  console.log(`The lab is at ${server.resolvedUrls?.local[0]} (Ctrl-C ends it)`);
}
