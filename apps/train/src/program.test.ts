import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, type Streams } from "./program";

const size = "--layers 1 --heads 2 --d-model 8 --length 7 --batch 2 --backend cpu --sample 0";
const home = await mkdtemp(join(tmpdir(), "tx-program-"));
const at = (name: string) => join(home, name);

beforeAll(async () => {
  await writeFile(at("text.txt"), "The whale is seven fathoms down.\n".repeat(30));
  await writeFile(at("other.txt"), "Größer als zuvor, und noch größer. ".repeat(30));
  await writeFile(at("empty.txt"), "");
  await writeFile(at("short.txt"), "far too short");
  await writeFile(at("bytes.txt"), Uint8Array.of(0x61, 0xff, 0x62));
  await writeFile(at("broken.json"), '{"steps": 5');
  await writeFile(at("wrong.json"), '{"steps": -5}');
  await mkdir(at("full"));
  await writeFile(join(at("full"), "letter"), "");

  const { code } = await run(`--text text.txt ${size} --steps 2 --out saved`);
  expect(code).toBe(0);
  await damaged("cut-run", (folder) => truncate(join(folder, "run.safetensors"), 1000));
  await damaged("no-run", (folder) => rm(join(folder, "run.safetensors")));
  await damaged("cut-metrics", (folder) => truncate(join(folder, "metrics.jsonl"), 3));
  await damaged("flipped", async (folder) => {
    const path = join(folder, "run.safetensors");
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
  });
});
afterAll(() => rm(home, { recursive: true }));

/** A copy of the saved run with something done to it. */
async function damaged(name: string, damage: (folder: string) => Promise<void>) {
  await cp(at("saved"), at(name), { recursive: true });
  await damage(at(name));
}

/** Runs a command line in this process; names of files and folders are in the folder of these tests. */
async function run(line: string) {
  const [stdout, stderr]: string[][] = [[], []];
  const stream = (pieces: string[]) => ({ write: (piece: string) => pieces.push(piece), on() {} });
  const streams = { stdout: stream(stdout!), stderr: stream(stderr!) } as unknown as Streams;
  const words = line.split(" ");
  const isPath = (i: number) => /^--(text|config|out|resume)$/.test(words[i - 1] ?? "");
  const code = await program(
    words.map((word, i) => (isPath(i) ? at(word) : word)),
    streams,
  );
  const short = (pieces: string[]) => pieces.join("").replaceAll(join(home, "/"), "");
  return { code, stdout: short(stdout!), stderr: short(stderr!) };
}

describe("program", () => {
  it.each<[string, string, string | RegExp]>([
    [
      "an unknown option",
      "--stepz 3",
      "unknown option '--stepz' (Did you mean --steps?); see --help",
    ],
    [
      "a word for a number",
      "--steps ten",
      /^--steps: expected a whole number from 1 .*, got "ten"$/,
    ],
    [
      "a wrong backend",
      "--backend gpu",
      /^--backend: expected one of auto, .*, got "gpu" \(did you mean .*\)$/,
    ],
    [
      "heads that do not divide",
      "--heads 3 --d-model 8",
      "--d-model: expected a multiple of heads=3, got 8",
    ],
    [
      "no such text",
      "--text none.txt",
      /^text: expected a file .*none\.txt \(no such file or directory\)$/,
    ],
    [
      "an empty text",
      "--text empty.txt",
      /^text: expected some characters, got an empty file .*empty\.txt$/,
    ],
    [
      "a short text",
      "--text short.txt --length 7",
      /^text: expected at least length \+ 1 = 8 characters in the last tenth, got 2 in/,
    ],
    [
      "a text that is none",
      "--text bytes.txt",
      /^text: expected UTF-8 text, got bytes that are not UTF-8 in/,
    ],
    [
      "an unknown prompt",
      "--text text.txt --length 7 --prompt ö",
      /^prompt: expected only .* got "ö" \(U\+00F6\)$/,
    ],
    ["a broken config", "--config broken.json", /^broken\.json: expected JSON, got something else/],
    [
      "a wrong config",
      "--config wrong.json",
      /^wrong\.json: steps: expected a whole number .*, got -5$/,
    ],
    [
      "no config",
      "--config none.json",
      /^config: expected a file that can be read, got none\.json/,
    ],
    [
      "a folder below a file",
      "--out text.txt/run",
      "out: expected a folder that can be written, got text.txt/run (not a directory)",
    ],
    [
      "a folder with something in it",
      "--out full",
      "out: expected a new or empty folder, got full with letter in it",
    ],
    [
      "a folder with a run in it",
      "--out saved",
      /^out: .* got saved, a saved run \(go on with it by resume\)$/,
    ],
    [
      "a backend that is not installed",
      "--backend node-gpu",
      /^backend node-gpu: expected .*@tensorflow\/tfjs-node-gpu/,
    ],
    [
      "resuming nothing",
      "--resume none",
      "resume: expected the folder of a saved run, got none, which is none",
    ],
    [
      "resuming another folder",
      "--resume full",
      /^resume: full.run\.safetensors: expected a saved run, got none that can be read/,
    ],
    [
      "resuming another text",
      "--resume saved --text other.txt",
      /^text: \S*other\.txt: expected only the \d+ characters that the tokenizer knows, got "/,
    ],
    [
      "resuming another model",
      "--resume saved --layers 2",
      "--layers: expected 1, as in the saved run, got 2",
    ],
    [
      "a length over maxLen",
      "--resume saved --length 9",
      "--length: expected at most 7, the saved model's maxLen, got 9",
    ],
    [
      "resuming another task",
      "--resume saved --task copy",
      "--task: expected lm, as in the saved run, got copy",
    ],
    ["a cut run", "--resume cut-run", /^resume: cut-run.run\.safetensors: expected/],
    [
      "a flipped bit",
      "--resume flipped",
      /^resume: flipped.run\.safetensors: expected the checksum/,
    ],
    [
      "cut metrics",
      "--resume cut-metrics",
      /^cut-metrics.metrics\.jsonl: expected at least \d lines, got fewer$/,
    ],
    [
      "a run without its file",
      "--resume no-run",
      /^resume: no-run.run\.safetensors: expected a saved run, got none/,
    ],
    [
      "two sources of settings",
      "--resume saved --config wrong.json",
      "config: expected --resume or --config, got both",
    ],
  ])("refuses %s in one line and leaves nothing behind", async (_, line, message) => {
    const before = await readdir(home, { recursive: true });
    const out = /--out|--resume/.test(line) ? "" : " --out a/b";
    const { code, stdout, stderr } = await run(line + out);
    expect(stderr).toMatch(/^tx-train: [^\n]+\n$/);
    const got = stderr.slice("tx-train: ".length, -1);
    if (typeof message === "string") expect(got).toBe(message);
    else expect(got).toMatch(message);
    expect([code, stdout]).toEqual([1, ""]);
    expect(await readdir(home, { recursive: true })).toEqual(before);
  });
});
