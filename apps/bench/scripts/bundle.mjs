import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";

/** The programs of apps/bench, each of which runs in a process of its own. */
const programs = ["main", "stock", "genai", "gpt-tfjs", "start-up", "start-up-work"];

/** Packages in CommonJS, which take require for given, may be in a bundle that is a module. */
const banner = `import { createRequire as createRequireForBundle } from "node:module";
const require = createRequireForBundle(import.meta.url);`;

/**
 * The programs of apps/bench as files of plain JavaScript, as users of the published packages run
 * them. tsx, which runs the other apps, gives each function its name by a call of its own every time
 * that one is made, which code that makes many, such as one token's, would be charged with.
 *
 * @param {string} app The folder of apps/bench.
 * @param {string} outdir A folder in it.
 * @param {{ isExternal?: (path: string) => boolean, sourcemap?: boolean }} [options] Whether a package
 *   stays where it is (default: all do but ours, and what only ours know of), and whether to say where each line came from.
 * @returns {Promise<string>} The main program.
 */
export async function bundleBench(
  app,
  outdir,
  { isExternal = (path) => !path.startsWith("@tx/") && isThere(path, app), sourcemap = true } = {},
) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: programs.map((name) => join(app, "src", `${name}.ts`)),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: sourcemap && "inline",
    banner: { js: banner },
    plugins: [
      {
        name: "others",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind !== "entry-point" && isExternal(path) ? { external: true } : undefined,
          ),
      },
    ],
    logLevel: "error",
  });
  return join(outdir, "main.mjs");
}

/**
 * Whether a module is Node's own or a package that the app itself depends on. Packages that only ours
 * depend on cannot be imported from where the bundle lies.
 */
function isThere(path, app) {
  const [scope, name] = path.split("/");
  const folder = scope.startsWith("@") ? `${scope}/${name}` : scope;
  return isBuiltin(path) || existsSync(join(app, "node_modules", folder));
}
