import { readFileSync } from "node:fs";
import { join } from "node:path";
// @boundaries-ignore the scripts of the repository are nobody\'s package
import { root } from "../../scripts/processes.mjs";
import { tfjs } from "./alone";
import { type EmptyFolder, installIn } from "./empty-folder";
import type { Release } from "./picks";
import { awaiting } from "./programs";

/** Our packages all together, with what some of them take besides. */
export async function installAll(
  names: readonly string[],
  { folder, version, registry }: Release,
): Promise<EmptyFolder> {
  const packages = {
    "@huggingface/tokenizers": versionOf("@huggingface/tokenizers"),
    "@tensorflow/tfjs-backend-cpu": tfjs,
    "@tensorflow/tfjs-backend-webgpu": tfjs,
    "@tensorflow/tfjs-core": tfjs,
    "@tensorflow/tfjs-layers": tfjs,
    echarts: versionOf("echarts"),
    ...Object.fromEntries(names.map((name) => [name, version])),
  };
  return installIn(join(folder, "everything"), packages, registry);
}

/** What takes a library besides: a tokenizer, a picture of positions, the conformance kit. */
export async function useBesides(home: EmptyFolder): Promise<void> {
  const program = awaiting(
    [
      'import "@tensorflow/tfjs-backend-cpu";',
      'import { setBackend } from "@tensorflow/tfjs-core";',
      'import { besides } from "./besides";',
    ],
    ['await setBackend("cpu");', "await besides();"],
  );
  await home.run(program, "esm");
  await home.run(program, "cjs");
}

/** The version that the repository itself uses. */
function versionOf(name: string): string {
  const manifest = readFileSync(join(root, "release", "package.json"), "utf8");
  const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
  return devDependencies[name]!;
}
