import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contents } from "./testing/contents";

/** The program as the user runs it: in a process of its own, in the user's folder. */
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const program = fileURLToPath(new URL("./main.ts", import.meta.url));
const size = "--layers 1 --heads 2 --d-model 8 --length 7 --batch 2 --dropout 0.1 --backend cpu";
const tiny = `--text text.txt ${size} --eval-every 4 --final-tokens 50 --sample 11`.split(" ");

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "tx-train-"));
  const line = (n: number) => `Line ${n}: the whale is ${n % 7} fathoms down.\n`;
  await writeFile(join(home, "text.txt"), Array.from({ length: 40 }, (_, n) => line(n)).join(""));
});
afterAll(() => rm(home, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ["--import", tsx, program, ...args], { cwd: home });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece) => {
    stdout += piece;
  });
  child.stderr.on("data", (piece) => {
    stderr += piece;
  });
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

const at = (name: string) => join(home, name);
const file = (...path: string[]) => readFile(join(home, ...path), "utf8");

// What becomes of runs that are stopped or fail is tested on the packed program, which starts faster:
// see the files *.packed.ts. Each of these starts tsx, which takes seconds on a machine that does other
// things too.
describe("tx-train", { timeout: 300_000 }, () => {
  it("trains, measures, writes a sample and says where it saved", async () => {
    const { code, stdout, stderr } = await run(...tiny, "--steps", "9", "--prompt", "Line");
    expect([code, stderr]).toEqual([0, ""]);
    const [name] = await readdir(join(home, "runs"));
    expect(stdout).toMatch(/text\.txt: 1,\d{3} characters, 28 different/);
    expect(stdout).toMatch(/parameters +1,\d{3}\n/);
    expect(stdout).toContain("backend      cpu (");
    expect(stdout).toMatch(/step 1\/9 {2}loss \d\.\d{3} .* tokens\/s {2}rate .* left/);
    expect(stdout).toMatch(/step 4: validation loss \d\.\d{4}, saved/);
    expect(stdout).toMatch(/bigram loss +\d\.\d{4} nats per character/);
    expect(stdout).toMatch(/validation loss +\d\.\d{4} nats per character/);
    expect(stdout).toMatch(/sample, temperature 0\.8:\n\n {4}Line/);
    expect(stdout).toContain(`npm start -- resume ${join("runs", name!)} --steps 18`);
    expect((await readdir(join(home, "runs", name!))).sort()).toEqual([
      "config.json",
      "metrics.jsonl",
      "report.html",
      "run.safetensors",
      "samples.jsonl",
    ]);
  });

  it("repeats a run from its config, bit for bit", async () => {
    const first = await run(...tiny, "--steps", "5", "--out", "first");
    const again = await run("--config", join("first", "config.json"), "--out", "again");
    expect([first.code, again.code]).toEqual([0, 0]);
    expect(await contents(at("again"))).toEqual(await contents(at("first")));
  });

  it("trains a saved run further, into another folder", async () => {
    expect((await run(...tiny, "--steps", "3", "--out", "base")).code).toBe(0);
    const before = await contents(at("base"));
    const { code } = await run("--resume", "base", "--out", "more", "--steps", "5");
    expect(code).toBe(0);
    expect(await contents(at("base"))).toEqual(before);
    const steps = (await file("more", "metrics.jsonl")).match(/"step":\d+,"loss"/g);
    expect(steps).toHaveLength(5);
  });

  it("ends with 1 and one line for a wrong input, and leaves no folder", async () => {
    const before = await readdir(home);
    const { code, stdout, stderr } = await run(...tiny, "--steps", "ten");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^tx-train: --steps: expected a whole number .*, got "ten"\n$/);
    expect(await readdir(home)).toEqual(before);
  });
});
