import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadRun } from "@tx/training/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { machineFields } from "./runs/metric";

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

function start(
  args: readonly string[],
  [command, ...before]: readonly string[] = [process.execPath],
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(command!, [...before, "--import", tsx, program, ...args], { cwd: home });
  let [stdout, stderr] = ["", ""];
  child.stdout!.on("data", (piece) => {
    stdout += piece;
  });
  child.stderr!.on("data", (piece) => {
    stderr += piece;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

const run = (...args: string[]) => start(args).ended;
const file = (...path: string[]) => readFile(join(home, ...path), "utf8");

/** Every byte of a run that decides how it goes on; of metrics all but how fast the machine was. */
async function contents(folder: string) {
  const names = (await readdir(join(home, folder))).filter((name) => name !== "report.html").sort();
  return Promise.all(
    names.map(async (name) => {
      if (!name.endsWith(".jsonl")) {
        const content = await readFile(join(home, folder, name));
        return [name, createHash("sha256").update(content).digest("hex")];
      }
      const lines = (await file(folder, name)).trim().split("\n");
      const kept = (key: string, value: unknown) =>
        (machineFields as readonly string[]).includes(key) ? undefined : value;
      return [name, lines.map((line) => JSON.stringify(JSON.parse(line), kept))];
    }),
  );
}

// Each starts the program several times, which takes seconds on a machine that does other things too.
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
    expect(await contents("again")).toEqual(await contents("first"));
  });

  it("goes on after Ctrl-C as if nothing had been", async () => {
    const steps = ["--steps", "40"];
    const whole = run(...tiny, ...steps, "--out", "whole");
    const { child, ended } = start([...tiny, ...steps, "--out", "parts"]);
    child.stdout?.once("data", () => child.kill("SIGINT"));
    const stopped = await ended;
    expect([stopped.code, stopped.stderr]).toEqual([130, ""]);
    expect(stopped.stdout).toMatch(/stopped after \d+ steps? in 0:0\d, at step \d+\n/);
    expect(stopped.stdout).toContain("npm start -- resume parts\n");
    expect((await loadRun(join(home, "parts"))).steps).toBeLessThan(40);
    const { code, stdout } = await run("--resume", "parts");
    expect(code).toBe(0);
    expect(stdout).toMatch(/goes on +parts at step \d+\n/);
    await whole;
    expect(await contents("parts")).toEqual(await contents("whole"));
  });

  it("trains a saved run further, into another folder", async () => {
    expect((await run(...tiny, "--steps", "3", "--out", "base")).code).toBe(0);
    const before = await contents("base");
    const { code } = await run("--resume", "base", "--out", "more", "--steps", "5");
    expect(code).toBe(0);
    expect(await contents("base")).toEqual(before);
    const steps = (await file("more", "metrics.jsonl")).match(/"step":\d+,"loss"/g);
    expect(steps).toHaveLength(5);
  });

  it("says at which step the loss is no longer a number", async () => {
    const { code, stderr } = await run(...tiny, "--steps", "30", "--rate", "1e30", "--out", "nan");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^tx-train: loss: expected finite numbers, got .* at step \d+ with rate/,
    );
    expect(stderr).toMatch(/try a lower --rate.*\n$/);
    await rm(join(home, "nan"), { recursive: true, force: true });
  });

  // A limit on the size of a file is what a full disk looks like to a program, and needs no rights.
  it.runIf(process.platform === "linux")(
    "keeps the last whole save when the disk is full",
    async () => {
      const args = [...tiny, "--detail-every", "1", "--eval-tokens", "20", "--out", "full"];
      const limited = (kilobytes: number, ...more: string[]) =>
        start(more, ["bash", "-c", `ulimit -f ${kilobytes}; exec "$@"`, "bash", process.execPath])
          .ended;
      const first = await limited(3, ...args, "--steps", "6");
      expect([first.code, first.stdout.includes("saved,")]).toEqual([1, false]);
      expect(first.stderr).toBe("tx-train: full: the run could not be saved (file too large)\n");
      expect(await readdir(home)).not.toContain("full");
      const second = await limited(40, ...args, "--steps", "400");
      expect(second.code).toBe(1);
      const said = /could not be saved \(file too large\); step (\d+) is still saved there\n$/;
      const [, step] = said.exec(second.stderr)!;
      expect((await loadRun(join(home, "full"))).steps).toBe(Number(step));
      const after = await run("resume", "full", "--steps", String(Number(step) + 2));
      expect([after.code, after.stderr]).toEqual([0, ""]);
      const steps = (await file("full", "metrics.jsonl")).match(/"step":\d+,"loss"/g)!;
      expect(steps).toHaveLength(Number(step) + 2);
    },
  );

  it("ends with 1 and one line for a wrong input, and leaves no folder", async () => {
    const before = await readdir(home);
    const { code, stdout, stderr } = await run(...tiny, "--steps", "ten");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^tx-train: --steps: expected a whole number .*, got "ten"\n$/);
    expect(await readdir(home)).toEqual(before);
  });
});
