import { join } from "node:path";
import { installIn } from "./empty-folder";
import { awaiting } from "./programs";
import type { Registry } from "./registry";

/** The version of TensorFlow.js that the packages are made for. */
export const tfjs = "4.22.0";

const core = { "@tensorflow/tfjs-core": tfjs };
const cpu = { ...core, "@tensorflow/tfjs-backend-cpu": tfjs };

/** Each package with the least that it needs besides. */
const besides: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  attention: cpu,
  backend: cpu,
  core: cpu,
  ffn: cpu,
  layers: { ...cpu, "@tensorflow/tfjs-layers": tfjs },
  model: cpu,
  norm: cpu,
  ops: cpu,
  positional: cpu,
  schedule: {},
  simd: core,
  training: cpu,
  webgpu: { ...core, "@tensorflow/tfjs-backend-webgpu": tfjs },
};

/**
 * A single package in an empty folder, which goes forward and learns there, imported and required.
 *
 * @throws Error if it is a package that nobody has written a program for.
 */
export async function useAlone(
  name: string,
  { folder, version, registry }: { folder: string; version: string; registry: Registry },
): Promise<void> {
  const short = name.replace("@tx/", "");
  const others = besides[short];
  if (!others) throw new Error(`${name}: expected a program in consumers/alone, got none`);
  const home = await installIn(join(folder, short), { [name]: version, ...others }, registry);
  const onCpu = "@tensorflow/tfjs-backend-cpu" in others && short !== "backend";
  const program = awaiting(
    [
      ...(onCpu ? ['import "@tensorflow/tfjs-backend-cpu";'] : []),
      ...(onCpu ? ['import { setBackend } from "@tensorflow/tfjs-core";'] : []),
      `import { use } from "./alone/${short}";`,
    ],
    [...(onCpu ? ['await setBackend("cpu");'] : []), "await use();"],
  );
  await home.run(program, "esm");
  await home.run(program, "cjs");
}
