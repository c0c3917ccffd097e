import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getBackend } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { loadRun } from "./index";

/** So many processes are killed, a second or two each; TX_KILLS asks for more. */
const KILLS = Number(process.env.TX_KILLS ?? 4);

/** Saves one run after the other, and tells the number of each that is saved. */
const program = `
  import { writeSync } from "node:fs";
  import { Module } from "@tx/core";
  import { loadRun, saveRun } from "./src/node/index.ts";
  const folder = process.argv[1];
  const model = new (class extends Module {})();
  const saved = await loadRun(folder).catch(() => ({ steps: 0 }));
  for (let steps = saved.steps + 1; ; steps++) {
    const optimizer = { steps, state: () => new Map() };
    await saveRun(folder, { model, optimizer, cursor: String(steps).repeat(200_000) });
    writeSync(1, steps + "\\n");
  }
`;

function start(folder: string): ChildProcess {
  const flags = ["--import", "tsx", "--input-type=module", "--eval", program, folder];
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  return spawn(process.execPath, flags, { cwd, stdio: ["ignore", "pipe", "inherit"] });
}

test.runIf(getBackend() === "cpu")(
  "a process killed at any moment leaves the old run or the new one, whole",
  { timeout: 120_000 + 30_000 * KILLS },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "tx-killed-"));
    const rng = new Rng(Date.now());
    const caught: boolean[] = [];
    try {
      for (let n = 0; n < KILLS; n++) {
        const child = start(folder);
        let told = "";
        child.stdout!.on("data", (text) => {
          told += text;
        });
        await once(child.stdout!, "data");
        await new Promise((resolve) => setTimeout(resolve, 40 * rng.uniform()));
        child.kill("SIGKILL");
        await once(child, "close");
        const last = Number(told.trimEnd().split("\n").at(-1));
        const { steps, cursor } = await loadRun(folder);
        expect([last, last + 1]).toContain(steps);
        expect(cursor).toBe(String(steps).repeat(200_000));
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
