import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleProgram } from "@tx/testing/bundle-program";
import { afterAll, describe, expect, it } from "vitest";
import type { AblateLine } from "../commands/command-line";
import { parseCommandLine } from "../commands/parse";
import { positionals } from "../parts/positionals";
import { UserError } from "../user-error";
import { ablationOf } from "./ablation";
import { ablationPage } from "./ablation-page";
import { axesOf, choicesOf } from "./axes";
import { CellsUnderWay } from "./cells-under-way";
import { dotPlot } from "./dot-plot";
import { spreadOf, summaryOf } from "./summary";
import { alignedText, markdownText, tableOf } from "./table";

const home = await mkdtemp(join(tmpdir(), "tx-ablation-"));
afterAll(() => rm(home, { recursive: true }));

const bundle = await mkdtemp(fileURLToPath(new URL("../../.program-", import.meta.url)));
afterAll(() => rm(bundle, { recursive: true }));
const program = await bundleProgram(new URL("../main.ts", import.meta.url), bundle);

function start(line: string) {
  const child = spawn(process.execPath, [program, ...line.split(" ")], {
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
      { key: "heads", values: [1, 2], all: false },
      { key: "norm", values: ["layer", "rms", "scale", "batch"], all: true },
      { key: "bias", values: [true, false], all: false },
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
    expect(typedIn("--scale on,off").axes).toEqual([
      { key: "score", values: ["dot", "unscaled"], all: false },
    ]);
    expect(typedIn("--d-ff 20,30").axes).toEqual([{ key: "dFF", values: [20, 30], all: false }]);
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

describe("ablationOf", () => {
  const of = (line: string) =>
    ablationOf(parseCommandLine(["ablate", ...line.split(" ")]) as AblateLine);

  it("leaves out those of all parts that do not suit the others, with the reason", async () => {
    const { cells, leftOut } = await of("--positional all --task mlm --seeds 1");
    const labels = cells.map(({ label }) => label);
    expect(labels).not.toContain("xpos");
    expect(labels).toHaveLength(positionals.length - 1);
    expect(leftOut).toEqual([
      "xpos: --positional: expected one for tokens that see those after them, as in an encoder, got xpos, which is for decoders alone",
    ]);
    expect((await of("--positional all --seeds 1")).leftOut).toEqual([]);
    const shapes = await of("--model all --task mlm --seeds 1");
    expect(shapes.cells.map(({ label }) => label)).toEqual(["encoder"]);
    expect(shapes.leftOut).toHaveLength(2);
  });

  it.each([
    ["--positional rope,xpos --task mlm", /^--positional: expected one for tokens that see/],
    ["--positional all --steps 0", /^--steps: expected a whole number/],
  ])("refuses %s", async (line, message) => {
    await expect(of(line)).rejects.toThrow(UserError);
    await expect(of(line)).rejects.toThrow(message);
  });
});

describe("CellsUnderWay", () => {
  it("counts what was done in this call to tell how long it still takes", () => {
    let now = 0;
    const cell = (label: string, seed: number) => ({ label, seed, config: { steps: 100 } });
    const under = new CellsUnderWay(5, 4, () => now);
    expect(under.report).toEqual({ ended: 1, of: 5, running: [], secondsLeft: 0 });
    const [first, second] = [cell("rope", 1), cell("nope", 2)];
    // It goes on at step 51, from an earlier call.
    under.step(first, { step: 51, loss: 3 });
    now = 10;
    under.step(first, { step: 100, loss: 2 });
    expect(under.report).toEqual({
      ...{ ended: 1, of: 5, secondsLeft: 60 },
      running: [{ name: "rope, seed 1", first: 50, step: 100, steps: 100, loss: 2 }],
    });
    under.end(first);
    under.step(second, { step: 1, loss: 3 });
    under.step(second, { step: 50, loss: 2.5 });
    now = 20;
    // One cell's worth of steps in 20 seconds, and two and a half cells to go.
    expect(under.report).toMatchObject({ ended: 2, secondsLeft: 50 });
    expect(under.report.running.map(({ name, step }) => [name, step])).toEqual([
      ["nope, seed 2", 50],
    ]);
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

  it("has the share that is right, of answers or of hidden tokens", () => {
    const share = (accuracy: number) => ({
      ...result([1], 10),
      measured: [{ length: 8, loss: 1, accuracy }],
    });
    const found = summaryOf([
      { label: "t5", result: share(0.5) },
      { label: "t5", result: share(0.7) },
    ]);
    const { columns, rows: text } = tableOf(found, { axis: "positional", lengths: [8] });
    expect(columns.slice(0, 3)).toEqual(["positional", "loss at 8", "right at 8"]);
    expect(text[0]![2]).toBe("60.0 ± 14.1 %");
  });

  it("becomes a page, whatever could not be measured", () => {
    const facts = {
      ...{ axis: "positional", lengths: [8, 16], leftOut: ["xpos: <why>"], command: "npm start" },
      ...{ backend: "cpu", shared: "task lm", failures: [] },
    };
    const pageOf = (some: typeof rows) =>
      ablationPage(some, tableOf(some, { axis: "positional", lengths: [8, 16] }), facts);
    const both = pageOf(rows);
    expect(both).not.toMatch(/NaN|undefined|Infinity|<script/);
    expect(both.match(/<figure/g)).toHaveLength(3);
    expect(both).toContain("Beyond length 8 there is none of learned.");
    expect(both).toContain("xpos: &lt;why&gt;");
    const ending = pageOf(rows.slice(0, 1));
    expect(ending).not.toMatch(/NaN|undefined|Infinity/);
    expect(ending.match(/<figure/g)).toHaveLength(1);
  });

  it("sets what is far off apart at the edge of its plot", () => {
    const losses = [1.8, 1.81, 1.83, 1.84, 1.85, 5.25];
    const many = summaryOf(
      losses.map((loss, n) => ({ label: `choice ${n}`, result: result([loss], 10) })),
    );
    const numbers = dotPlot(many, 0).match(/>5\.25</g);
    expect(numbers).toHaveLength(1);
    expect(dotPlot(many.slice(0, 5), 0)).not.toContain(">1.85<");
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
