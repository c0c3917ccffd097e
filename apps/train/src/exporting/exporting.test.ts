import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tensor2d, tidy } from "@tensorflow/tfjs-core";
import { loadHuggingFace, loadModel } from "@tx/model/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, type Streams } from "../program";
import { openRun } from "../runs/open-run";
import { byteLevelFile } from "../tokens/testing/byte-level-file";

/** A project of the user's, where the packages are found. */
let home: string;
const at = (name: string) => join(home, name);
const size =
  "--layers 2 --heads 2 --d-model 12 --length 7 --batch 2 --backend cpu --steps 3 --quiet";
const settled = "--eval-tokens 30 --final-tokens 30 --sample 0 --rate 0.03";

beforeAll(async () => {
  home = await mkdtemp(fileURLToPath(new URL("../../.readme-export-", import.meta.url)));
  await writeFile(at("text.txt"), "The whale is seven fathoms down.\n".repeat(30));
  await writeFile(at("tokenizer.json"), JSON.stringify(byteLevelFile));
});
afterAll(() => rm(home, { recursive: true }));

async function run(line: string, more: readonly string[] = []) {
  const [stdout, stderr]: string[][] = [[], []];
  const stream = (pieces: string[]) => ({ write: (piece: string) => pieces.push(piece), on() {} });
  const streams = { stdout: stream(stdout!), stderr: stream(stderr!) } as unknown as Streams;
  const code = await program([...line.split(" ").filter((word) => word !== ""), ...more], streams);
  return { code, stdout: stdout!.join(""), stderr: stderr!.join("") };
}

async function trained(name: string, settings: string): Promise<string> {
  const text = settings.includes("--task") ? "" : ` --text ${at("text.txt")}`;
  const line = `${size} ${settled} ${settings}${text} --out ${at(name)}`;
  expect((await run(line)).stderr).toBe("");
  return at(name);
}

/** Runs code as a file in the project, as a user does. */
async function runs(code: string): Promise<string> {
  const file = at("use.mjs");
  await writeFile(file, code);
  const options = { cwd: home };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", file],
    options,
  );
  return stdout;
}

const codeOf = (markdown: string) =>
  Array.from(markdown.matchAll(/```js\n(.*?)```/gs), ([, code]) => code);

/** Logits of a model for some tokens. */
async function logitsOf(model: Awaited<ReturnType<typeof loadModel>>): Promise<number[]> {
  const ids = [[0, 3, 1, 2, 5]];
  const forward = model.forward.bind(model) as (ids: unknown) => ReturnType<typeof tensor2d>;
  const logits = tidy(() => forward(tensor2d(ids, undefined, "int32")));
  const values = [...(await logits.data())];
  logits.dispose();
  model.dispose();
  return values;
}

const named = { "hugging-face": loadHuggingFace, tx: loadModel };
const [gpt2, ours] = ["hugging-face", "tx"] as const;

describe("a run of a preset's parts", { timeout: 300_000 }, () => {
  it.each([
    ["gpt", "--dropout 0.1", gpt2, "gpt", "vocabulary.json"],
    ["llama", "--preset llama-tiny --tokenizer word", gpt2, "llama", "vocabulary.json"],
    [
      ...["interleaved", '--preset llama-tiny --positional-options {"pairing":"interleaved"}'],
      ...([gpt2, "llama", "vocabulary.json"] as const),
    ],
    ["untied", "--tied off --ffn relu --tokenizer TOKENIZER", gpt2, "gpt", "tokenizer.json"],
    ["cope", "--positional cope --bias off --ffn mish", ours, "gpt", "vocabulary.json"],
    ["layers", "--positional per-layer --d-ff 20", ours, "gpt", "vocabulary.json"],
    [
      ...["glu", "--norm rms --ffn glu --bias off --positional t5 --attention multi-query"],
      ...([ours, "llama", "vocabulary.json"] as const),
    ],
  ])("%s loads by the lines of its page, and is the same model", async (...row) => {
    const [name, settings, format, kind, tokenizer] = row as [
      string,
      string,
      typeof gpt2,
      string,
      string,
    ];
    const folder = await trained(name, settings.replace("TOKENIZER", at("tokenizer.json")));
    const { code, stdout, stderr } = await run(`export ${folder} --out ${at(`${name}-model`)}`);
    expect([code, stderr]).toEqual([0, ""]);
    const config = format === gpt2 ? ["config.json"] : [];
    expect((await readdir(at(`${name}-model`))).sort()).toEqual(
      ["README.md", ...config, "model.safetensors", tokenizer].sort(),
    );

    const [told, blank, ...lines] = stdout.trimEnd().split("\n");
    expect([told, blank, lines.length]).toEqual([at(`${name}-model`), "", 3]);
    expect(await runs(`${lines.join("\n")}\nconsole.log(model.config.kind);`)).toBe(`${kind}\n`);

    const page = await readFile(join(at(`${name}-model`), "README.md"), "utf8");
    const [load, use] = codeOf(page);
    expect(load!.trim().split("\n")).toHaveLength(3);
    const line = `generate ${folder} --temperature 0 --tokens 40 --prompt`;
    expect(await runs(`${load}${use}`)).toBe((await run(line, ["The"])).stdout);

    const again = await named[format](at(`${name}-model`));
    const { trainer } = await openRun(folder, {}, { dataMayBeMissing: true });
    const same = await logitsOf(trainer.model as never);
    expect(await logitsOf(again)).toEqual(same);
    expect(new Set(same).size).toBeGreaterThan(30);
    trainer.dispose();
  });

  it("is written in our own layout where that is asked for", async () => {
    const folder = await trained("both", "");
    expect((await run(`export ${folder} --format tx`)).code).toBe(0);
    const model = await loadModel(join(folder, "model"));
    expect(model.config.kind).toBe("gpt");
    model.dispose();
  });

  it("answers after a separator, as its page says", async () => {
    const folder = await trained("reverse", "--task reverse --symbols 5");
    expect((await run(`export ${folder}`)).code).toBe(0);
    expect((await readdir(join(folder, "model"))).sort()).toEqual([
      ...["README.md", "config.json", "model.safetensors"],
    ]);
    const page = await readFile(join(folder, "model", "README.md"), "utf8");
    expect(page).toContain(
      "a separator, token 5, and goes on with the answer up to an end,\ntoken 6",
    );
  });
});

describe("a run of other parts", { timeout: 240_000 }, () => {
  it("is refused by each setting, and its weights are written alone", async () => {
    const folder = await trained("deep", "--residual deep --score cosine");
    const before = (await readdir(home, { recursive: true })).sort();
    const { code, stdout, stderr } = await run(`export ${folder}`);
    expect([code, stdout, stderr]).toEqual([
      1,
      "",
      "tx-train: --residual: expected pre, as the preset gpt has it, got deep; --score: expected dot, as the preset gpt has it, got cosine: no preset of @tx/model has these parts, and --format weights writes the weights alone\n",
    ]);
    expect((await readdir(home, { recursive: true })).sort()).toEqual(before);

    expect(await run(`export ${folder} --format weights`)).toEqual({
      ...{ code: 0, stdout: `${folder}/model\n`, stderr: "" },
    });
    expect((await readdir(join(folder, "model"))).sort()).toEqual([
      ...["README.md", "config.json", "model.safetensors", "vocabulary.json"],
    ]);
    const page = await readFile(join(folder, "model", "README.md"), "utf8");
    expect(page).toContain("No preset of `@tx/model` has these parts.");
    expect(codeOf(page)).toEqual([]);
  });

  it.each([
    [
      "--positional alibi",
      "--format hugging-face",
      /^--format: expected tx or weights for what their layout cannot say \(.*positional.*\), got hugging-face\n$/,
    ],
    ["--norm rms", "", /^--norm: expected layer, as the preset gpt has it, got rms: no preset/],
    [
      "--norm rms --ffn swiglu",
      "",
      /^--bias: expected off, as the preset llama has it, got on: no preset/,
    ],
    [
      "--attention grouped",
      "",
      /^--attention: expected multi-head, as the preset gpt has it, got grouped/,
    ],
    [
      "--ffn swiglu",
      "",
      /^--ffn: expected one without a gate, as the preset gpt has it, got swiglu/,
    ],
    [
      "",
      "--format hugingface",
      /Expected one of hugging-face, tx, weights, got "hugingface" \(did you mean hugging-face\?\)/,
    ],
  ])("%s %s says in a line what is wrong", async (settings, options, message) => {
    const folder = await trained(`wrong-${settings}${options}`.replace(/\W+/g, "-"), settings);
    const { code, stdout, stderr } = await run(`export ${folder} ${options}`.trim());
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^tx-train: [^\n]+\n$/);
    expect(stderr.slice("tx-train: ".length)).toMatch(message);
    expect(await readdir(folder)).not.toContain("model");
  });
});
