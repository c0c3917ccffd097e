import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { whatWentWrong } from "../install.mjs";
import { runNode, runNpm, SetupError } from "../processes.mjs";
import { headersFolder } from "./machine.mjs";
import { Unavailable } from "./unavailable.mjs";

const version = "4.22.0";
/** Compiles the binding; the newest that runs on Node 20. */
const gyp = "11.5.0";
const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];

/** Installs tfjs-node or tfjs-node-gpu in a folder, its JavaScript alone. */
export async function installPackage(folder, name) {
  const dependencies = { [`@tensorflow/${name}`]: version, "node-gyp": gyp };
  const manifest = { name: "tx-tensorflow", private: true, dependencies };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const { code, output } = await listen((onOutput) =>
    runNpm(["install", "--ignore-scripts", ...quiet], { cwd: folder, onOutput }),
  );
  if (code !== 0) throw new Unavailable(whatWentWrong(output, code));
}

/**
 * Runs the package's own install script, which downloads TensorFlow and the binding.
 *
 * @throws Unavailable if the download does not work here.
 */
export async function downloadBinding(folder, name) {
  const { code, output } = await listen((onOutput) =>
    runNpm(["rebuild", `@tensorflow/${name}`, "--foreground-scripts", "--loglevel=error"], {
      cwd: folder,
      onOutput,
    }),
  );
  if (code !== 0 || /node-pre-gyp install failed|Unhandled 'error' event/.test(output)) {
    throw new Unavailable(
      `@tensorflow/${name}: expected its install script to download TensorFlow, got exit code ${code}; its lines are above. Where that host cannot be reached: npm run setup:tensorflow -- --wheel, or --libtensorflow DIR.`,
    );
  }
}

/** Compiles the binding of a package whose deps folder holds lib and include. */
export async function buildBinding(folder, name) {
  const nodedir = headersFolder();
  const { code } = await listen((onOutput) =>
    runNode(
      [
        join(folder, "node_modules", "node-gyp", "bin", "node-gyp.js"),
        "rebuild",
        ...(nodedir === undefined ? [] : [`--nodedir=${nodedir}`]),
        "--module_name=tfjs_binding",
        `--module_path=${join(packageFolder(folder, name), "lib", "napi-v8")}`,
        "--napi_build_version=8",
      ],
      { cwd: packageFolder(folder, name), onOutput },
    ),
  );
  if (code !== 0) {
    const headers =
      nodedir === undefined
        ? " Node's headers are not beside it: where they cannot be downloaded, npm config set nodedir DIR names them (DIR/include/node/node_api.h)."
        : "";
    throw new SetupError(
      `the binding does not compile against this libtensorflow (exit code ${code}); the compiler's lines are above.${headers}`,
    );
  }
}

export function packageFolder(folder, name) {
  return join(folder, "node_modules", "@tensorflow", name);
}

/** Collects what a command prints, and shows its end where it failed. */
async function listen(start) {
  let output = "";
  const code = await start((piece) => {
    output += piece;
  });
  if (code !== 0) console.error(output.trimEnd().split("\n").slice(-20).join("\n"));
  return { code, output };
}
