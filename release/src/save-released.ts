// Part of `pnpm run version`: saves one of everything as the version that is about to be released
// does, for the tests of all versions to come.
import "@tensorflow/tfjs-backend-cpu";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setBackend } from "@tensorflow/tfjs-core";
// @boundaries-ignore the scripts of the repository are nobody\'s package
import { root } from "../../scripts/processes.mjs";
import { folderOf } from "./released";
import { run } from "./run";
import { saveVersion } from "./save-version";

const manifest = readFileSync(join(root, "packages", "core", "package.json"), "utf8");
const { version } = JSON.parse(manifest) as { version: string };
await setBackend("cpu");
await saveVersion(folderOf(version));
await saveTrained(join(folderOf(version), "train"));
console.log(`saved what ${version} saves`);

/** The folder of a run of apps/train: what `--resume` reads. */
async function saveTrained(folder: string): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), "tx-released-"));
  try {
    const sizes = "--layers 1 --heads 2 --d-model 4 --d-ff 5 --length 6 --batch 2 --steps 2";
    const flags = [...sizes.split(" "), "--backend", "cpu", "--out", join(out, "run")];
    await run("node", ["scripts/tx.mjs", "start", ...flags], { cwd: root });
    mkdirSync(folder);
    for (const file of ["run.safetensors", "config.json"]) {
      copyFileSync(join(out, "run", file), join(folder, file));
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
