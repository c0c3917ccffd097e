import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, type Streams } from "../program";

const home = await mkdtemp(join(tmpdir(), "tx-commands-"));
const at = (name: string) => join(home, name);
const size = "--layers 2 --heads 2 --d-model 8 --length 7 --batch 2 --backend cpu --detail-every 2";
const text = `--text ${at("text.txt")} --eval-every 3 --eval-tokens 50 --final-tokens 50 --sample 9`;

beforeAll(async () => {
  await writeFile(at("text.txt"), "The whale is seven fathoms down.\n".repeat(30));
  await writeFile(at("other.txt"), "The whale is down. ".repeat(9));
  await writeFile(at("strange.txt"), "Größer und größer. ".repeat(9));
  await run(`${size} ${text} --steps 5 --out ${at("one")} --quiet`);
  await run(`${size} ${text} --steps 4 --out ${at("two")} --positional alibi --quiet`);
}, 300_000);
afterAll(() => rm(home, { recursive: true }));

/** Runs a command line in this process. */
async function run(line: string, more: readonly string[] = []) {
  const [stdout, stderr]: string[][] = [[], []];
  const stream = (pieces: string[]) => ({ write: (piece: string) => pieces.push(piece), on() {} });
  const streams = { stdout: stream(stdout!), stderr: stream(stderr!) } as unknown as Streams;
  const code = await program([...line.split(" "), ...more], streams);
  return { code, stdout: stdout!.join(""), stderr: stderr!.join("") };
}

describe("the folder of a run", () => {
  it("has a page that is complete in itself", async () => {
    expect((await readdir(at("one"))).sort()).toEqual([
      ...["config.json", "metrics.jsonl", "report.html", "run.safetensors", "samples.jsonl"],
    ]);
    const page = await readFile(join(at("one"), "report.html"), "utf8");
    for (const title of ["Training", "What it wrote", "Attention", "Positions", "Settings"]) {
      expect(page).toContain(`<h2>${title}</h2>`);
    }
    expect(page.match(/<svg /g)!.length).toBeGreaterThan(7);
    expect(page.match(/src="data:image\/png;base64,/g)!.length).toBeGreaterThan(4);
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).not.toMatch(/NaN|undefined|<script|(src|href)="https?:/);
    expect(page.length).toBeLessThan(300_000);
  });
});

describe("resume", () => {
  it("goes on in the same folder, and tells of it in JSON", async () => {
    const { code, stdout } = await run(`resume ${at("two")} --steps 6 --json`);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(events[0]).toMatchObject({ event: "start", from: { folder: at("two"), step: 4 } });
    expect(events.filter(({ event }) => event === "step").map(({ step }) => step)).toEqual([5, 6]);
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(["trained", "final", "sample", "end"]),
    );
    expect(events.at(-1)).toEqual({ event: "end", folder: at("two"), step: 6 });
  });
});

describe("generate", () => {
  it("goes on from a prompt, the same each time, without the text too", async () => {
    const line = `generate ${at("one")} --tokens 12 --seed 3 --prompt`;
    const { code, stdout } = await run(line, ["The whale"]);
    expect([code, stdout.startsWith("The whale"), stdout.length]).toEqual([0, true, 22]);
    const gone = await readFile(at("text.txt"));
    await rm(at("text.txt"));
    expect((await run(line, ["The whale"])).stdout).toBe(stdout);
    await writeFile(at("text.txt"), gone);
  });

  it("names what the model has no token for", async () => {
    const { code, stderr } = await run(`generate ${at("one")} --prompt ö`);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^tx-train: prompt: .*"ö" \(U\+00F6\)\n$/),
    ]);
  });
});

describe("evaluate", () => {
  it("measures on what is held out, at several lengths", async () => {
    const { code, stdout } = await run(`evaluate ${at("two")} --lengths 3,7,14 --json`);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect([code, lines.map(({ length }) => length)]).toEqual([0, [3, 7, 14]]);
    for (const { loss } of lines) expect(loss).toBeGreaterThan(1);
    const last = (await readFile(join(at("two"), "metrics.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .at(-1);
    expect(JSON.parse(last!).validationLoss).toBe(lines[1].loss);
  });

  it("measures on all of another text", async () => {
    const { stdout } = await run(`evaluate ${at("one")} --text ${at("other.txt")}`);
    expect(stdout).toMatch(/held out +all 171 characters\n/);
    expect(stdout).toMatch(
      /length 7 +loss \d\.\d{4} nats per character \(\d\.\d{3} bits\) on 49 char/,
    );
  });

  it.each([
    [
      `evaluate ${at("one")} --lengths 14`,
      /^lengths: expected at most 7, where the table of positions ends, got 14/,
    ],
    [
      `evaluate ${at("one")} --text ${at("strange.txt")}`,
      /^text: .*expected only the \d+ characters/,
    ],
    [
      `evaluate ${at("none")}`,
      /^run: expected the folder of a saved run, got .*none, which is none/,
    ],
    [`compare ${at("one")} ${at("none")}`, /^compare: expected the folder of a saved run/],
    [
      `export ${at("one")} --out ${at("two")}`,
      /^out: expected a new or empty folder, got .*two, a saved run/,
    ],
    ["ablate --positional rope", /^ablate: expected a setting with several values, such as/],
    ["ablate --positional rope,roep", /^--positional: .*, got "roep" \(did you mean rope\?\)/],
    ["ablate --heads 3,4 --d-model 8", /^--d-model: expected a multiple of heads=3, got 8/],
    ["ablate --norm rms,rms", /^--norm: expected each value once, got rms,rms/],
    [
      `--task mlm ${size} ${text} --out ${at("none")} --prompt whale`,
      /^prompt: expected some _ to fill in, got "whale"/,
    ],
    [
      `--task mlm ${size} ${text} --out ${at("none")} --prompt whale_vsn`,
      /^prompt: expected at most length = 7 characters, got 9/,
    ],
    [
      `--task mlm --model decoder ${text} --out ${at("none")}`,
      /^--model: expected encoder with task mlm, got decoder/,
    ],
    [
      `--model encoder-decoder ${text} --out ${at("none")}`,
      /^--model: expected decoder with task lm, got encoder-decoder/,
    ],
    [
      `--model encoder-decodre ${text} --out ${at("none")}`,
      /^--model: expected one of .*, got "encoder-decodre" \(did you mean encoder-decoder\?\)/,
    ],
    [
      "ablate --task translate --norm rms,layer --lengths 3,4",
      /^--lengths: expected none with translate/,
    ],
  ])("says in a line what is wrong: %s", async (line, message) => {
    const before = await readdir(home, { recursive: true });
    const { code, stdout, stderr } = await run(line);
    expect([code, stdout.includes("loss")]).toEqual([1, false]);
    expect(stderr).toMatch(/^tx-train: [^\n]+\n$/);
    expect(stderr.slice("tx-train: ".length)).toMatch(message);
    expect(await readdir(home, { recursive: true })).toEqual(before);
  });
});

describe("compare", () => {
  it("writes one page that tells runs apart", async () => {
    const out = join(home, "pages", "both.html");
    const { code, stdout } = await run(`compare ${at("one")} ${at("two")} --out ${out}`);
    expect([code, stdout]).toEqual([0, `${out}\n`]);
    const page = await readFile(out, "utf8");
    expect(page).toContain("<th>positional</th>");
    expect(page).toMatch(/one<\/span>.*<td>learned<\/td>/);
    expect(page).toMatch(/two<\/span>.*<td>alibi<\/td>/);
    expect(page).not.toMatch(/NaN|undefined|<script/);
  });

  it("leaves the page that was there when it cannot be written", async () => {
    await mkdir(at("taken.html"));
    const { code, stderr } = await run(`compare ${at("one")} --out ${at("taken.html")}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^tx-train: out: expected a file that can be written, got .*taken\.html/,
    );
    expect((await readdir(home)).filter((name) => name.endsWith(".saving"))).toEqual([]);
  });
});

describe("the task mlm", () => {
  it("trains, goes on, fills in and is measured", async () => {
    const folder = at("masked");
    const first = await run(`--task mlm ${size} ${text} --steps 5 --out ${folder}`);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toContain("model        encoder, 2 layers");
    expect(first.stdout).toMatch(
      /step 3: validation loss \d\.\d{4}, \d+\.\d % of them right, saved/,
    );
    expect(first.stdout).toMatch(/unigram loss +\d\.\d{4} nats per character/);
    expect(first.stdout).toMatch(/accuracy +\d+\.\d % of them right/);
    expect(first.stdout).toMatch(/held-out examples:\n\n.*_.*\n.*\n +\(\d of \d right\)\n/);
    const page = await readFile(join(folder, "report.html"), "utf8");
    expect(page).toContain("<h2>Attention</h2>");
    expect(page).toContain("hidden characters right");
    expect(page).not.toMatch(/NaN|undefined/);
    expect((await run(`resume ${folder} --steps 7 --quiet`)).stdout).toBe(`${folder}\n`);
    const measured = await run(`evaluate ${folder} --json`);
    const last = (await readFile(join(folder, "metrics.jsonl"), "utf8")).trim().split("\n").at(-1);
    const { loss, accuracy, length } = JSON.parse(measured.stdout);
    expect(JSON.parse(last!)).toMatchObject({ step: 7, validationLoss: loss, accuracy });
    expect(length).toBe(7);
    expect((await run(`evaluate ${folder} --text ${at("other.txt")}`)).stdout).toMatch(
      /length 7 +loss \d\.\d{4} .* on \d+ characters, \d+\.\d % of them right\n/,
    );
    const line = `generate ${folder} --prompt`;
    const filled = await run(line, ["wh_le"]);
    expect([filled.code, filled.stdout]).toEqual([0, expect.stringMatching(/^wh[^_]le\n$/)]);
    const gone = await readFile(at("text.txt"));
    await rm(at("text.txt"));
    expect((await run(line, ["wh[MASK]le"])).stdout).toBe(filled.stdout);
    await writeFile(at("text.txt"), gone);
    expect((await run(line, ["whale"])).stderr).toBe(
      'tx-train: prompt: expected some _ to fill in, got "whale"\n',
    );
  }, 240_000);
});

describe.each([
  ["copy", "decoder"],
  ["reverse", "encoder-decoder"],
  ["sort", "encoder-decoder"],
  ["translate", "decoder"],
  ["translate", undefined],
])("the task %s with the model %s", (task, model) => {
  it("trains, goes on, answers and is measured", async () => {
    const folder = at(`${task}-by-${model ?? "default"}`);
    const shape = model === undefined ? "" : `--model ${model} `;
    const more = "--largest 999 --eval-every 2 --eval-tokens 100 --final-tokens 100";
    const first = await run(`${shape}--task ${task} ${size} ${more} --steps 3 --out ${folder}`);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toMatch(/exact match +\d+\.\d % of 1 answer right/);
    expect(first.stdout).toContain("held-out examples:");
    expect(first.stdout).toContain(`model        ${model ?? "encoder-decoder"}, 2 layers`);
    const page = await readFile(join(folder, "report.html"), "utf8");
    const titles = [...page.matchAll(/<h2>(A[^<]+)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual(
      model === "decoder"
        ? ["Attention"]
        : ["Alignment", "Attention of the encoder", "Attention of the decoder"],
    );
    expect(page).not.toMatch(/NaN|undefined/);
    expect((await run(`resume ${folder} --steps 5 --quiet`)).stdout).toBe(`${folder}\n`);
    const [is, other] =
      model === "decoder" ? [model, "encoder-decoder"] : ["encoder-decoder", "decoder"];
    expect((await run(`resume ${folder} --model ${other}`)).stderr).toBe(
      `tx-train: --model: expected ${is}, as in the saved run, got ${other}\n`,
    );
    const prompt = task === "translate" ? "twenty-one" : "3 1 2";
    const { stdout } = await run(`generate ${folder} --prompt`, [prompt]);
    expect(stdout.startsWith(`${prompt} → `)).toBe(true);
    expect((await run(`evaluate ${folder}`)).stdout).toMatch(
      /loss \d\.\d{4} nats per (symbol|word)/,
    );
  }, 240_000);
});
