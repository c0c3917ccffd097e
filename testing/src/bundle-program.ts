import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * A program of the repository in plain JavaScript, for tests that start it often: as TypeScript each
 * start takes seconds of processor.
 *
 * @param entry Its first file.
 * @param folder Where it is written: one in the app's, so that it finds what the app has installed,
 *   which stays outside.
 * @returns The file that node is to run.
 */
export async function bundleProgram(entry: URL, folder: string): Promise<string> {
  await build({
    entryPoints: { main: fileURLToPath(entry) },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // What is imported late stays so.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    plugins: [
      {
        name: "installed",
        setup: ({ onResolve }) => {
          onResolve({ filter: /^[^./]/ }, ({ path }) => {
            const name = path.match(/^(@[^/]+\/)?[^/]+/)![0];
            const isOurs = name.startsWith("@tx/");
            const found = !isOurs && existsSync(join(dirname(folder), "node_modules", name));
            return found ? { external: true } : undefined;
          });
        },
      },
    ],
  });
  return join(folder, "main.mjs");
}
