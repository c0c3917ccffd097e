import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Plugin } from "vite";

const NAME = "virtual:lab";
const script = fileURLToPath(new URL("./describe.ts", import.meta.url));
const source = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The module `virtual:lab`: experiments and strategies as the page shows them, without what computes.
 * That stays in the worker, so that the page is small and is there at once.
 */
export function lab(): Plugin {
  return {
    name: "lab",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    async load(id) {
      if (id !== `\0${NAME}`) return;
      return describe();
    },
    handleHotUpdate({ file, server }) {
      if (!file.startsWith(source) || !/\/(questions|measures|positions)\//.test(file)) return;
      const module = server.moduleGraph.getModuleById(`\0${NAME}`);
      return module && [module];
    },
  };
}

/** Run by itself: a program of TypeScript in the packages' own sources, which Vite's config is not. */
async function describe(): Promise<string> {
  const tsx = createRequire(new URL("../../../../../package.json", import.meta.url)).resolve("tsx");
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["--import", pathToFileURL(tsx).href, script], {
    maxBuffer: 2 ** 26,
  });
  return stdout;
}
