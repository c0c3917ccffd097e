import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundleBench } from "../../scripts/bundle.mjs";
import { peersFolder } from "../peers/installed";
import { appFolder } from "../places";
import { placesOf, tracedFiles } from "./traced-files";

/** TensorFlow.js and Dawn stay packages, as they are found by name when a backend is brought up. */
const packages = [
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-layers",
  "@tensorflow/tfjs-backend-cpu",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "webgpu",
];

/**
 * What the peers' programs import of them. Not gpt-tfjs, which is copied: esbuild stops at an
 * assignment to a constant in it, which nobody reaches.
 */
const peerEntries = [
  "@genai-fi/nanogpt/dist/main.js",
  "@genai-fi/nanogpt/dist/backend.js",
  "@genai-fi/nanogpt/dist/training/BasicTrainer.js",
  "@tensorflow/tfjs/dist/tf.node.js",
];

/**
 * Lays what the archive holds into a folder: Node, the programs and what they need.
 *
 * @param node Node's binary.
 */
export async function layOut(folder: string, node: string): Promise<void> {
  const app = join(folder, "app");
  copy(node, join(folder, "bin", "node"));
  chmodSync(join(folder, "bin", "node"), 0o755);
  for (const file of ["bench.sh", "README.txt"]) {
    copy(join(appFolder, "portable", file), join(folder, file));
  }
  copy(join(appFolder, "python", "torch_bench.py"), join(app, "python", "torch_bench.py"));
  writeFileSync(join(app, "package.json"), '{ "type": "module", "private": true }\n');
  const isExternal = (path: string) =>
    path.startsWith("node:") || path === "esbuild" || packages.includes(path);
  await bundleBench(appFolder, join(app, "dist"), { isExternal, sourcemap: false });
  await layPackages(join(app, "node_modules"));
  if (existsSync(join(peersFolder, "node_modules"))) await layPeers(app);
}

async function layPackages(destination: string): Promise<void> {
  // webgpu's add-on is chosen by platform when it runs; wasm's binaries lie beside its code.
  const files = await tracedFiles(packages, appFolder);
  for (const [place, file] of placesOf(files)) copy(file, join(destination, place));
  const require = createRequire(join(appFolder, "package.json"));
  const addOn = join("dist", "linux-x64", "dawn.node");
  copy(join(dirname(require.resolve("webgpu")), addOn), join(destination, "webgpu", addOn));
  const wasm = "@tensorflow/tfjs-backend-wasm";
  const binaries = dirname(require.resolve(wasm));
  for (const file of readdirSync(binaries).filter((name) => name.endsWith(".wasm"))) {
    copy(join(binaries, file), join(destination, wasm, "dist", file));
  }
}

async function layPeers(app: string): Promise<void> {
  const modules = join(peersFolder, "node_modules");
  const destination = join(app, ".cache", "peers");
  const entries = peerEntries.map((entry) => join(modules, entry));
  for (const file of await tracedFiles(entries, peersFolder)) {
    // npm has laid them flat, but for what there are several versions of.
    if (file.startsWith(modules)) copy(file, join(destination, file.slice(peersFolder.length)));
  }
  for (const file of ["node_modules/gpt-tfjs", "package.json"]) {
    copy(join(peersFolder, file), join(destination, file));
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true, recursive: true });
}
