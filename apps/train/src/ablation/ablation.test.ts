import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { AblateLine } from "../commands/command-line";
import { parseCommandLine } from "../commands/parse";
import { UserError } from "../user-error";
import { axesOf, choicesOf } from "./axes";
import { spreadOf, summaryOf } from "./summary";
import { alignedText, markdownText, tableOf } from "./table";

const home = await mkdtemp(join(tmpdir(), "tx-ablation-"));
afterAll(() => rm(home, { recursive: true }));

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const program = fileURLToPath(new URL("../main.ts", import.meta.url));

function start(line: string) {
  const child = spawn(process.execPath, ["--import", tsx, program, ...line.split(" ")], {
    cwd: home,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece) => {
    stdout += piece;
  });
  child.stderr.on("data", (piece) => {
    stderr += piece;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

describe("ablate", { timeout: 600_000 }, () => {
  const sizes = "--layers 1 --heads 2 --d-model 8 --batch 2 --backend cpu --eval-tokens 20";
  const data = "--text text.txt --final-tokens 60 --eval-every 2";
  const line = `ablate --positional learned,rope --seeds 2 --lengths 5,10 ${sizes} ${data} --out out`;
  const results = async () => {
    const names = await readdir(join(home, "out", "cells"));
    const found = await Promise.all(
      names.sort().map(async (name) => {
        const at = await stat(join(home, "out", "cells", name, "result.json")).catch(() => null);
        return [name, at?.mtimeMs] as const;
      }),
    );
    return new Map(found);
  };

  it("trains all cells, keeps finished ones, and refuses others in the same folder", async () => {
    await writeFile(join(home, "text.txt"), "The whale is seven fathoms down.\n".repeat(30));
    const first = await start(`${line} --steps 3 --jobs 2`).ended;
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toMatch(
      /positional +loss at 5 +loss at 10 +parameters +ms a step +peak MB +seeds\n/,
    );
    expect(first.stdout).toMatch(/learned +\d\.\d{3} ± \d\.\d{3} +– /);
    expect(first.stdout).toMatch(/rope +\d\.\d{3} ± \d\.\d{3} +\d\.\d{3} ± \d\.\d{3} /);
    const before = await results();
    expect([...before.keys()]).toEqual([
      ...["positional=learned-seed1", "positional=learned-seed2"],
      ...["positional=rope-seed1", "positional=rope-seed2"],
    ]);
    const page = await readFile(join(home, "out", "ablation.html"), "utf8");
    expect(page).not.toMatch(/NaN|undefined|<script/);
    expect(await readFile(join(home, "out", "table.md"), "utf8")).toMatch(
      /^\| positional \| loss at 5/,
    );

    await rm(join(home, "out", "cells", "positional=rope-seed2", "result.json"));
    const again = await start(`${line} --steps 3 --json`).ended;
    const events = again.stdout
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(events.map(({ event, label, seed }) => [event, label, seed])).toEqual([
      ["cell", "rope", 2],
      ["end", undefined, undefined],
    ]);
    const after = await results();
    for (const [name, time] of before) {
      if (name === "positional=rope-seed2") expect(after.get(name)).toBeGreaterThan(time!);
      else expect(after.get(name)).toBe(time);
    }

    const other = await start(`${line} --steps 4`).ended;
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(
      /^tx-train: out: expected cells of the same settings, or none, got others in/,
    );
  });

  it("stops at a signal, and goes on with the same command", async () => {
    const short = line.replace("--out out", "--out stopped").replace("--seeds 2", "--seeds 1");
    const { child, ended } = start(`${short} --steps 400`);
    child.stdout.on("data", (piece) => {
      if (/step \d+\//.test(String(piece))) child.kill("SIGINT");
    });
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain("stopped; the same command goes on:");
    const saved = join(home, "stopped", "cells", "positional=learned-seed1");
    expect(await readdir(saved)).toContain("run.safetensors");
    expect(await readdir(saved)).not.toContain("result.json");
  });
});

describe("axesOf", () => {
  it("takes lists, all parts of a kind, and leaves JSON and paths whole", () => {
    const { shared, axes } = axesOf({
      ...{ norm: "all", heads: "1,2", text: "a,b.txt", bias: "on,off" },
      positionalOptions: '{"base": 5, "rotaryDim": 2}',
    });
    expect(shared).toEqual({ text: "a,b.txt", positionalOptions: { base: 5, rotaryDim: 2 } });
    expect(axes).toEqual([
      { key: "heads", values: [1, 2] },
      { key: "norm", values: ["layer", "rms", "scale", "batch"] },
      { key: "bias", values: [true, false] },
    ]);
    expect(choicesOf(axes)).toHaveLength(16);
    expect(choicesOf(axes.slice(0, 1))).toEqual([{ heads: 1 }, { heads: 2 }]);
  });
});

describe("axesOf, as typed", () => {
  const typedIn = (line: string) => {
    const asked = parseCommandLine(["ablate", ...line.split(" ")]);
    return axesOf((asked as AblateLine).typed);
  };

  it("takes on and off for scaling, and a setting whatever its letters", () => {
    expect(typedIn("--scale on,off").axes).toEqual([{ key: "score", values: ["dot", "unscaled"] }]);
    expect(typedIn("--d-ff 20,30").axes).toEqual([{ key: "dFF", values: [20, 30] }]);
    expect(typedIn("--scale off --heads 1,2").shared).toEqual({ score: "unscaled" });
  });

  it.each([
    ["--scale on,no", '--scale: expected on or off, got "no"'],
    ["--scale all", '--scale: expected on or off, got "all"'],
    ["--scale on,off --score dot", "--scale: expected none beside --score, got on,off"],
  ])("refuses %s", (line, message) => {
    expect(() => typedIn(line)).toThrow(new UserError(message));
  });
});

describe("summaryOf", () => {
  const result = (losses: (number | null)[], stepMilliseconds: number) => ({
    ...{ version: 1 as const, parameters: 1234, stepMilliseconds, peakBytes: 2e6, backend: "cpu" },
    measured: losses.map((loss, n) => ({ length: 8 * (n + 1), loss })),
  });
  const rows = summaryOf([
    { label: "rope", result: result([2, 3], 10) },
    { label: "rope", result: result([3, 5], 20) },
    { label: "learned", result: result([1, null], 10) },
    { label: "nope", result: null },
  ]);

  it("takes seeds together, the best first", () => {
    expect(rows.map(({ label, seeds }) => [label, seeds])).toEqual([
      ["learned", 1],
      ["rope", 2],
    ]);
    expect(rows[1]!.losses[0]).toEqual({ mean: 2.5, deviation: Math.SQRT1_2, least: 2, most: 3 });
    expect(rows[0]!.losses[1]).toBeNull();
    expect(spreadOf([])).toBeNull();
  });

  it("becomes a table", () => {
    const table = tableOf(rows, { axis: "positional", lengths: [8, 16] });
    expect(alignedText(table)).toBe(
      [
        "  positional      loss at 8     loss at 16  parameters  ms a step  peak MB  seeds\n",
        "  learned     1.000 ± 0.000              –       1,234       10.0      2.0      1\n",
        "  rope        2.500 ± 0.707  4.000 ± 1.414       1,234       15.0      2.0      2\n",
      ].join(""),
    );
    expect(markdownText(table)).toContain(
      "| learned | 1.000 ± 0.000 | – | 1,234 | 10.0 | 2.0 | 1 |",
    );
  });
});
