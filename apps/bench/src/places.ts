import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this app, from a source of it or from a bundle somewhere within. */
export const appFolder = folderWith("python/torch_bench.py");

function folderWith(file: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, file))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`bench: expected ${file} beside it, got none`);
    folder = above;
  }
  return folder;
}

/**
 * Programs of this app beside main, each of which runs in a process of its own. Where the programs
 * are bundled, each is a file of its own beside main.mjs.
 */
export type ProgramName = "stock" | "genai" | "gpt-tfjs" | "start-up" | "start-up-work";

/** The file of a program, as this one is: a source for tsx or a bundle. */
export function programFile(name: ProgramName): string {
  const extension = import.meta.url.endsWith(".mjs") ? "mjs" : "ts";
  return fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
}

/** What Node takes to run a program in the way that this one runs. */
export const programArguments = (name: ProgramName): string[] => [
  ...process.execArgv,
  programFile(name),
];
