import { spawnSync } from "node:child_process";
import { appendFile, cp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { eventsOf, packedProgram, wordsOf } from "../testing/packed-program";

const { at, run } = await packedProgram();
const model = "--layers 1 --heads 2 --d-model 8 --length 7 --batch 2 --backend cpu";
const measuring = "--eval-every 4 --eval-tokens 20 --final-tokens 40 --sample 9";
const tiny = `--text text.txt ${model} ${measuring}`;

beforeAll(async () => {
  await writeFile(at("text.txt"), "The whale is seven fathoms down.\n".repeat(30));
  await writeFile(at("empty.txt"), "");
  await writeFile(at("short.txt"), "The whale is down.\n".repeat(3));
  expect((await run(`${tiny} --steps 5 --out saved --quiet`)).code).toBe(0);
});

const trainedSteps = async (folder: string) =>
  eventsOf(await readFile(at(folder, "metrics.jsonl"), "utf8"))
    .filter((metric) => "loss" in metric)
    .map(({ step }) => step);

const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1);

describe("wrong input", () => {
  it.each([
    ["trian", /^command: expected one of train, .*, got "trian" \(did you mean train\?\)$/],
    ["--stepz 3", /^unknown option '--stepz' \(Did you mean --steps\?\); see --help$/],
    ["--positional roep", /^--positional: .*, got "roep" \(did you mean rope\?\)$/],
    ["--text empty.txt", /^text: expected some characters, got an empty file .*empty\.txt$/],
    [
      "--text short.txt --length 7",
      /^text: expected at least length \+ 1 = 8 characters in the last tenth, got 6 in short\.txt$/,
    ],
    ["evaluate saved --text empty.txt", /^text: expected some characters, got an empty file/],
  ])("is told in a line: %s", async (line, message) => {
    const before = await readdir(at());
    const { code, stdout, stderr } = await run(line);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^tx-train: [^\n]+\n$/);
    expect(stderr.slice("tx-train: ".length, -1)).toMatch(message);
    expect(await readdir(at())).toEqual(before);
  });
});

describe("a damaged run", () => {
  const damaged = async (name: string, damage: (file: (name: string) => string) => unknown) => {
    await cp(at("saved"), at(name), { recursive: true });
    await damage((file) => at(name, file));
  };

  it("with a cut checkpoint is refused by every command", async () => {
    await damaged("cut", (file) => truncate(file("run.safetensors"), 1000));
    for (const line of [
      "resume cut",
      "generate cut",
      "evaluate cut",
      "compare cut",
      "export cut",
    ]) {
      const { code, stderr } = await run(line);
      expect([line, code]).toEqual([line, 1]);
      expect(stderr).toMatch(/^tx-train: \w+: cut\/run\.safetensors: expected [^\n]+\n$/);
    }
  });

  it("with a damaged line of metrics still writes, and names the line to whoever reads them", async () => {
    await damaged("spoilt", async (file) => {
      const lines = (await readFile(file("metrics.jsonl"), "utf8")).split("\n");
      lines[2] = `${lines[2]!.slice(0, 20)}\0\0`;
      await writeFile(file("metrics.jsonl"), lines.join("\n"));
    });
    for (const line of ["resume spoilt --steps 7", "compare spoilt saved"]) {
      const { code, stdout, stderr } = await run(line);
      expect([line, code, stdout]).toEqual([line, 1, ""]);
      expect(stderr).toMatch(
        /^tx-train: spoilt\/metrics\.jsonl: expected JSON, got "[^\n]+" in line 3\n$/,
      );
    }
    expect((await run("generate spoilt --tokens 3")).code).toBe(0);
  });

  it("without its metrics is told so by compare", async () => {
    await damaged("bare", (file) => rm(file("metrics.jsonl")));
    const { code, stderr } = await run("compare bare");
    expect([code, stderr]).toEqual([
      1,
      "tx-train: bare/metrics.jsonl: expected a file that can be read, got no such file or directory\n",
    ]);
  });

  it("with a damaged config.json goes on, since all of it is in the checkpoint", async () => {
    await damaged("odd", (file) => writeFile(file("config.json"), '{"steps": 5'));
    const wrong = await run("--config odd/config.json");
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/^tx-train: odd\/config\.json: expected JSON, got something else/),
    ]);
    expect((await run("resume odd --steps 6 --quiet")).code).toBe(0);
    expect(JSON.parse(await readFile(at("odd", "config.json"), "utf8")).steps).toBe(6);
  });

  it("that was cut off while it was written goes on from its save", async () => {
    await damaged("half", async (file) => {
      await appendFile(file("metrics.jsonl"), '{"step":6,"loss":1.5}\n{"step":7,"lo');
      await writeFile(file("run.safetensors.1.x.saving"), "half");
    });
    expect((await run("resume half --steps 7 --quiet")).code).toBe(0);
    expect(await trainedSteps("half")).toEqual(upTo(7));
    expect(await readdir(at("half"))).not.toContain("run.safetensors.1.x.saving");
  });
});

/** Whether a file system of one's own may be mounted here. */
const mounts =
  process.platform === "linux" &&
  spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;

describe.runIf(process.platform === "linux")("a full disk", () => {
  const args = `${tiny} --detail-every 1`;
  // A limit on the size of a file looks the same to a program, and needs no rights.
  const limited = (kilobytes: number) => [
    ...["bash", "-c", `ulimit -f ${kilobytes}; exec "$@"`, "bash"],
  ];

  it("at the first save leaves nothing", async () => {
    const { code, stdout, stderr } = await run(`${args} --steps 6 --out none`, {
      under: limited(3),
    });
    expect([code, stdout.includes("saved,")]).toEqual([1, false]);
    expect(stderr).toBe("tx-train: none: the run could not be saved (file too large)\n");
    expect(await readdir(at())).not.toContain("none");
  });

  it("at a later one leaves the last, says so, and goes on from it", async () => {
    const { code, stderr } = await run(`${args} --steps 400 --out full`, { under: limited(24) });
    expect(code).toBe(1);
    const said =
      /^tx-train: full: .* \(file too large\); step (\d+) is still saved there: make room and go on with npx tx-train (.*)\n$/;
    const [, step = "", advice = ""] = said.exec(stderr) ?? [stderr];
    // No half line for whoever reads them.
    expect((await trainedSteps("full")).length).toBeGreaterThanOrEqual(Number(step));
    const after = await run(`${advice} --steps ${Number(step) + 2} --quiet`);
    expect([after.code, after.stderr]).toEqual([0, ""]);
    expect(await trainedSteps("full")).toEqual(upTo(Number(step) + 2));
  });

  it.runIf(mounts)("on a file system of its own leaves the last save, whole", async () => {
    const script = `mount -t tmpfs -o size=72k tmpfs small && cd small && "$@" --out run
      code=$?; cp -r run ../kept; exit $code`;
    const under = ["unshare", "-rm", "bash", "-c", `mkdir small; ${script}`, "bash"];
    const { code, stderr } = await run(`${args} --text ${at("text.txt")} --steps 400 --quiet`, {
      under,
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no space left on device\); step \d+ is still saved there: make room/),
    ]);
    const [, step] = /step (\d+)/.exec(stderr)!;
    expect((await readdir(at("kept"))).sort()).toEqual([
      ...["config.json", "metrics.jsonl", "run.safetensors", "samples.jsonl"],
    ]);
    expect((await trainedSteps("kept")).length).toBeGreaterThanOrEqual(Number(step));
    const after = await run(`resume kept --steps ${Number(step) + 2} --quiet`);
    expect([after.code, after.stderr]).toEqual([0, ""]);
  });
});

describe("memory that does not do", () => {
  const small = `import { configureSimd } from "@tx/simd";
    configureSimd({ threads: 1, maximumBytes: 2 ** 24 });`;
  const node = ["--import", "./small.mjs"];
  const sizes = "--layers 2 --d-model 32 --length 32 --backend simd --sample 0";
  beforeAll(() => writeFile(at("small.mjs"), small));

  it("ends with what was saved, and what it says to do then works", async () => {
    const args = `--text text.txt ${sizes} ${measuring} --steps 4 --out memory --quiet`;
    expect((await run(`${args} --batch 2`, { node })).code).toBe(0);
    let line = "resume memory --steps 6 --batch 512";
    const said =
      /^tx-train: memory: expected room for .*, which cannot grow\ntx-train: step 4 is saved: go on with npx tx-train (resume memory --batch \d+)\n$/;
    for (let tries = 1; ; tries++) {
      const { code, stdout, stderr } = await run(`${line} --quiet`, { node });
      if (code === 0) {
        expect([tries > 1, stdout]).toEqual([true, "memory\n"]);
        break;
      }
      expect([tries < 9, stderr]).toEqual([true, expect.stringMatching(said)]);
      line = `${said.exec(stderr)![1]} --steps 6`;
    }
    expect(await trainedSteps("memory")).toEqual(upTo(6));
  });

  it("says so where nothing was saved yet, and leaves nothing", async () => {
    const { code, stderr } = await run(`--text text.txt ${sizes} --batch 512 --out never`, {
      node,
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^tx-train: memory: [^\n]+\ntx-train: nothing was saved yet: try a smaller batch \(--batch 256\), --length or --d-model\n$/,
      ),
    ]);
    expect(await readdir(at())).not.toContain("never");
  });
});

describe("a loss that is no number", () => {
  it("ends with its step and rate, and what was saved goes on with the rate that it says", async () => {
    const line = `${tiny} --steps 9 --optimizer sgd --schedule constant --rate 0.01 --out nan`;
    expect((await run(`${line} --quiet`)).code).toBe(0);
    const { code, stderr } = await run("resume nan --steps 30 --rate 1e30 --quiet");
    const said =
      /^tx-train: loss: expected finite numbers, got a loss of \S+ and a gradient norm of \S+ at step (\d+) with rate 1\.0e\+30: try a lower --rate\ntx-train: step 9 is saved: go on with npx tx-train (resume nan --rate \S+)\n$/;
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    const [, step, advice] = said.exec(stderr)!;
    expect(Number(step)).toBeGreaterThan(9);
    expect(wordsOf(advice!).at(-1)).toBe("3e+29");
  });
});
