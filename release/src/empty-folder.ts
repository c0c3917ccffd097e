import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Form, programOf, withoutNetwork } from "./programs";
import type { Registry } from "./registry";
import { run } from "./run";

/** A folder outside the repository with packages from the registry. */
export interface EmptyFolder {
  readonly path: string;
  /** Runs a program as an ES module or with require, and gives what it prints. */
  run(contents: string, form: Form): Promise<string>;
}

/**
 * Installs packages in a new folder as people do, but without scripts: none of ours needs any.
 *
 * @param packages By name, with a version or another range.
 */
export async function installIn(
  path: string,
  packages: Readonly<Record<string, string>>,
  { env }: Registry,
): Promise<EmptyFolder> {
  mkdirSync(path, { recursive: true });
  const manifest = { private: true, type: "module", dependencies: packages };
  writeFileSync(join(path, "package.json"), JSON.stringify(manifest));
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await run("npm", ["install", "--loglevel=error", ...flags], { cwd: path, env });
  checkBackends(path, packages);
  let programs = 0;
  return {
    path,
    async run(contents, form) {
      const file = `program-${++programs}.${form === "esm" ? "mjs" : "cjs"}`;
      writeFileSync(join(path, file), await programOf(contents, form));
      return run("node", [...withoutNetwork, file], { cwd: path });
    },
  };
}

/** Nothing of TensorFlow.js comes along that was not asked for, but the cpu backend with @tx/simd. */
function checkBackends(path: string, packages: Readonly<Record<string, string>>): void {
  const asked = Object.keys(packages).filter((name) => name.startsWith("@tensorflow/"));
  if ("@tx/simd" in packages) asked.push("@tensorflow/tfjs-backend-cpu");
  // tfjs's own backends for wasm and WebGPU bring the cpu backend along.
  if (asked.some((name) => /backend-(wasm|webgpu|webgl)$/.test(name))) {
    asked.push("@tensorflow/tfjs-backend-cpu");
  }
  const folders = readdirSync(join(path, "node_modules"));
  const there = folders.includes("@tensorflow")
    ? readdirSync(join(path, "node_modules", "@tensorflow")).map((name) => `@tensorflow/${name}`)
    : [];
  const [wanted, got] = [[...new Set(asked)], there].map((names) => names.sort().join(", "));
  if (wanted !== got) throw new Error(`${path}: expected ${wanted} of TensorFlow.js, got ${got}`);
}
