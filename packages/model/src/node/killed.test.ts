import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getBackend } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { loadModel } from "./index";

/** So many processes are killed, a second or two each; TX_KILLS asks for more. */
const KILLS = Number(process.env.TX_KILLS ?? 3);

/** Saves one model after the other, all of whose weights are its number, and tells each saved. */
const program = `
  import { writeSync } from "node:fs";
  import "@tensorflow/tfjs-backend-cpu";
  import { fill, tidy } from "@tensorflow/tfjs-core";
  import { Rng } from "@tx/core";
  import { gpt } from "./src/index.ts";
  import { loadModel, saveModel } from "./src/node/index.ts";
  // tfjs recommends tfjs-node.
  console.warn = () => {};
  const path = process.argv[1];
  const sizes = { vocabSize: 101, maxLen: 7, layers: 2, heads: 2, dModel: 96 };
  const model = gpt({ ...sizes, rng: new Rng(1) });
  const saved = await loadModel(path).catch(() => undefined);
  let n = saved ? saved.decoder.norm.gain.dataSync()[0] : 0;
  for (;;) {
    n++;
    for (const variable of model.parameters().values()) {
      tidy(() => variable.assign(fill(variable.shape, n)));
    }
    await saveModel(path, model);
    writeSync(1, n + "\\n");
  }
`;

function start(path: string): ChildProcess {
  const flags = ["--import", "tsx", "--input-type=module", "--eval", program, path];
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  return spawn(process.execPath, flags, { cwd, stdio: ["ignore", "pipe", "inherit"] });
}

test.runIf(getBackend() === "cpu")(
  "a process killed at any moment leaves the old model or the new one, whole",
  { timeout: 120_000 + 30_000 * KILLS },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "tx-killed-"));
    const path = join(folder, "model.safetensors");
    const rng = new Rng(Date.now());
    const caught: boolean[] = [];
    try {
      for (let k = 0; k < KILLS; k++) {
        const child = start(path);
        let told = "";
        child.stdout!.on("data", (text) => {
          told += text;
        });
        await once(child.stdout!, "data");
        await new Promise((resolve) => setTimeout(resolve, 40 * rng.uniform()));
        child.kill("SIGKILL");
        await once(child, "close");
        const last = Number(told.trimEnd().split("\n").at(-1));
        const model = await loadModel(path);
        const numbers = new Set<number>();
        for (const variable of model.parameters().values()) {
          for (const value of await variable.data()) numbers.add(value);
        }
        model.dispose();
        expect(numbers.size).toBe(1);
        expect([last, last + 1]).toContain([...numbers][0]);
        // The next process removes what was cut off.
        const names = await readdir(folder);
        expect(names.length).toBeLessThanOrEqual(2);
        caught.push(names.length === 2);
      }
      if (KILLS >= 50) expect(caught).toContain(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
