import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { tensor2d, tidy } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type EncoderDecoderModel, generate } from "@tx/model";
import { loadHuggingFace, loadModel } from "@tx/model/node";
import { bundleProgram } from "@tx/testing/bundle-program";
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

const bundle = await mkdtemp(fileURLToPath(new URL("../../.program-", import.meta.url)));
afterAll(() => rm(bundle, { recursive: true }));

async function run(line: string, more: readonly string[] = []) {
  const [stdout, stderr]: string[][] = [[], []];
  const stream = (pieces: string[]) => ({ write: (piece: string) => pieces.push(piece), on() {} });
  const streams = { stdout: stream(stdout!), stderr: stream(stderr!) } as unknown as Streams;
  const code = await program([...line.split(" ").filter((word) => word !== ""), ...more], streams);
  return { code, stdout: stdout!.join(""), stderr: stderr!.join("") };
}

async function trained(
  name: string,
  settings: string,
  more: readonly string[] = [],
): Promise<string> {
  const text = settings.includes("--task") ? "" : ` --text ${at("text.txt")}`;
  const line = `${size} ${settled} ${settings}${text} --out ${at(name)}`;
  expect((await run(line, more)).stderr).toBe("");
  return at(name);
}

/** Runs code as a file in the project, as a user does; from plain JavaScript, as it is installed. */
async function runs(code: string): Promise<string> {
  const file = at("use.mjs");
  await writeFile(file, code);
  return output([await bundleProgram(pathToFileURL(file), bundle)]);
}

/** The same of code that imports a module which looks for files beside itself. */
async function runsBeside(code: string): Promise<string> {
  const file = at("use.mjs");
  await writeFile(file, code);
  return output(["--import", "tsx", file]);
}

async function output(words: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, words, { cwd: home })).stdout;
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

/** What an encoder-decoder answers to a source of the probes with five symbols. */
async function answersTo(model: EncoderDecoderModel, sources: number[][]): Promise<number[]> {
  const reader = model.conditionedOn(sources);
  const options = { maxNewTokens: 4, endToken: 6, temperature: 0, rng: new Rng(1) };
  const answer = await generate(reader, [5], { ...options, contextLength: 5 });
  reader.dispose();
  return answer;
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

describe("an encoder-decoder", { timeout: 240_000 }, () => {
  const both = "--task reverse --symbols 5 --model encoder-decoder";
  const paper = "--embedding unit --residual post --ffn relu";
  const t5 = "--norm rms --score unscaled --bias off --tied off";
  /** What was printed before the last line, and that line. */
  const splitLast = (output: string) => {
    const lines = output.trimEnd().split("\n");
    return [lines.slice(0, -1).join("\n"), lines.at(-1)!] as const;
  };
  const answersOf = (output: string) => JSON.parse(output.replaceAll("\n", "")) as number[];

  it.each([
    ["paper", `${paper} --positional sinusoidal`, ours, "vanilla-transformer"],
    ["t5", `${t5} --positional t5 --ffn relu`, gpt2, "t5"],
    ["t5-turned", `${t5} --positional rope --ffn swiglu`, ours, "t5"],
    ["parts", "--residual deep --norm scale --positional shaw", "weights", "reverse"],
  ] as const)("%s loads by the lines of its page and answers", async (...row) => {
    const [name, settings, format, kind] = row;
    const folder = await trained(`both-${name}`, `${both} ${settings}`);
    const { code, stdout, stderr } = await run(`export ${folder}`);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.trimEnd().split("\n").slice(2);
    expect(lines).toHaveLength(3);
    const page = await readFile(join(folder, "model", "README.md"), "utf8");
    const [, use] = codeOf(page);
    const tell = "console.log(model.config.kind ?? model.config.task);";
    const [said, made] = splitLast(await runsBeside(`${lines.join("\n")}\n${use}${tell}`));
    expect(made).toBe(kind);
    const answer = answersOf(said);
    const { trainer } = await openRun(folder, {}, { dataMayBeMissing: true });
    const source = [[0, 1]];
    const wanted = await answersTo(trainer.model as never, source);
    expect(answer.slice(0, wanted.length)).toEqual(wanted);
    trainer.dispose();
    if (format !== gpt2) return;
    const config = JSON.parse(await readFile(join(folder, "model", "config.json"), "utf8"));
    expect(config).toMatchObject({ decoder_start_token_id: 5, eos_token_id: 6, pad_token_id: 6 });
  });

  it("is refused by each setting where no preset has its parts", async () => {
    const folder = await trained("both-wrong", `${both} ${paper} --norm rms --tied off`);
    const { code, stderr } = await run(`export ${folder} --format tx`);
    expect([code, stderr]).toEqual([
      1,
      "tx-train: --norm: expected layer, as the preset vanilla-transformer has it, got rms; --tied: expected on, as the preset vanilla-transformer has it, got off; --positional: expected one of sinusoidal, rope, alibi, nope, as the preset vanilla-transformer has it, got learned: no preset of @tx/model has these parts, and --format weights writes any\n",
    ]);
  });
});

describe("a masked model", { timeout: 240_000 }, () => {
  it("is made of its parts by its own module, and fills in by its page", async () => {
    const folder = await trained("masked", `--task mlm --text ${at("text.txt")} --positional t5`);
    const { code, stdout, stderr } = await run(`export ${folder} --out ${at("masked-model")}`);
    expect([code, stderr]).toEqual([0, ""]);
    expect((await readdir(at("masked-model"))).sort()).toEqual([
      ...["README.md", "config.json", "model.mjs", "model.safetensors", "vocabulary.json"],
    ]);
    const lines = stdout.trimEnd().split("\n").slice(2);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(
      `import { loadModel } from "${pathToFileURL(at("masked-model"))}/model.mjs";`,
    );
    const [load, use] = codeOf(await readFile(join(at("masked-model"), "README.md"), "utf8"));
    expect(await runsBeside(`${load}${use}`)).toBe(
      (await run(`generate ${folder} --prompt Th_`)).stdout,
    );
  });

  it.each(["tx", "hugging-face"])("has no preset for --format %s", async (format) => {
    const folder = await trained(`masked-${format}`, `--task mlm --text ${at("text.txt")}`);
    const { code, stderr } = await run(`export ${folder} --format ${format}`);
    expect([code, stderr]).toEqual([
      1,
      "tx-train: --model: expected a decoder or an encoder-decoder for a preset of @tx/model, got an encoder, whose presets norm what is read and add segments to it: no preset of @tx/model has these parts, and --format weights writes any\n",
    ]);
    expect(await readdir(folder)).not.toContain("model");
  });
});

describe("a run of other parts", { timeout: 240_000 }, () => {
  it.each([
    ["deep", "--residual deep --score cosine", []],
    ["gates", "--norm rms --ffn swiglu --bias off --d-ff 20 --score additive --tied off", []],
    [
      "experts",
      "--ffn moe --positional combined --residual sandwich --embedding unit",
      [...["--ffn-options", '{"experts":3,"topK":2,"expert":"geglu"}']],
    ],
    ["zero", "--residual rezero --attention grouped --positional axial --score unscaled", []],
  ] as const)("is made of its parts by its own module: %s", async (name, settings, more) => {
    const folder = await trained(`parts-${name}`, settings, more);
    const { code, stdout, stderr } = await run(`export ${folder}`);
    expect([code, stderr]).toEqual([0, ""]);
    expect((await readdir(join(folder, "model"))).sort()).toEqual([
      ...["README.md", "config.json", "model.mjs", "model.safetensors", "vocabulary.json"],
    ]);
    const lines = stdout.trimEnd().split("\n").slice(2);
    const [, use] = codeOf(await readFile(join(folder, "model", "README.md"), "utf8"));
    const tell = [
      'import { tensor2d } from "@tensorflow/tfjs-core";',
      'const logits = model.forward(tensor2d([[0, 3, 1, 2, 5]], undefined, "int32"));',
      "console.log(JSON.stringify([...(await logits.data())]));",
    ];
    const { trainer } = await openRun(folder, {}, { dataMayBeMissing: true });
    const wanted = await logitsOf(trainer.model as never);
    expect(new Set(wanted).size).toBeGreaterThan(30);
    const line = `generate ${folder} --temperature 0 --tokens 40 --prompt`;
    const written = (await run(line, ["The"])).stdout;
    const used = use!.replaceAll("./model", join(folder, "model"));
    expect(await runsBeside([...lines, used, ...tell].join("\n"))).toBe(
      `${written}${JSON.stringify(wanted)}\n`,
    );
    trainer.dispose();
  });

  it("is refused by each setting in other formats", async () => {
    const folder = await trained("deep", "--residual deep --score cosine");
    const before = (await readdir(home, { recursive: true })).sort();
    const { code, stdout, stderr } = await run(`export ${folder} --format tx`);
    expect([code, stdout, stderr]).toEqual([
      1,
      "",
      "tx-train: --residual: expected pre, as the preset gpt has it, got deep; --score: expected dot, as the preset gpt has it, got cosine: no preset of @tx/model has these parts, and --format weights writes any\n",
    ]);
    expect((await readdir(home, { recursive: true })).sort()).toEqual(before);
  });

  it.each([
    [
      "--positional alibi",
      "--format hugging-face",
      /^--format: expected tx or weights for what their layout cannot say \(.*positional.*\), got hugging-face\n$/,
    ],
    [
      "--norm rms",
      "--format tx",
      /^--norm: expected layer, as the preset gpt has it, got rms: no preset/,
    ],
    [
      "--norm rms --ffn swiglu",
      "--format tx",
      /^--bias: expected off, as the preset llama has it, got on: no preset/,
    ],
    [
      "--attention grouped",
      "--format tx",
      /^--attention: expected multi-head, as the preset gpt has it, got grouped/,
    ],
    [
      "--ffn swiglu",
      "--format hugging-face",
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
