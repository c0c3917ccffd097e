import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { build, createServer, mergeConfig, preview } from "vite";
import { pageConfig } from "./build/config";

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
    .option("--port <number>", "where it is served", portFrom, 4173)
    .option("--out <folder>", "only builds it into this folder, for any server of static files")
    .option("--dev", "serves the sources as they change, for work on the page")
    .action(run);
}

async function run({ port, out, dev }: Options): Promise<void> {
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

function portFrom(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port < 65_536) return port;
  throw new InvalidArgumentError("expected a whole number from 1 to 65535.");
}
