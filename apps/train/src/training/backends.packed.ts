import { readdir, readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { eventsOf, packedProgram } from "../testing/packed-program";

const { at, run } = await packedProgram();
const model = "--layers 1 --heads 2 --d-model 8 --length 7 --batch 2 --eval-every 2";
const tiny = `--text text.txt ${model} --eval-tokens 20 --final-tokens 20 --sample 3`;

beforeAll(() => writeFile(at("text.txt"), "The whale is seven fathoms down.\n".repeat(30)));

/** Where `npm run setup:tensorflow` has put it. */
const tensorflow = process.env.TX_TENSORFLOW !== undefined;

describe("--backend", () => {
  it.each<[string, RegExp]>([
    ["cpu", /^ {2}backend {6}cpu \(CPU/m],
    ["wasm", /^ {2}backend {6}wasm \(CPU/m],
    ["simd", /^ {2}backend {6}simd \(CPU/m],
    ...(tensorflow ? [["node", /^ {2}backend {6}node \(CPU/m] satisfies [string, RegExp]] : []),
  ])("%s trains, says on what, and writes", async (backend, header) => {
    const trained = await run(`${tiny} --backend ${backend} --steps 3 --out ${backend}`);
    expect([trained.code, trained.stderr]).toEqual([0, ""]);
    expect(trained.stdout).toMatch(header);
    expect(trained.stdout).toMatch(/step 2: validation loss \d\.\d{4}, saved\n/);
    const written = await run(`generate ${backend} --prompt whale --tokens 3`);
    expect([written.code, written.stderr]).toEqual([0, ""]);
    expect(written.stdout).toMatch(/^whale.{3}\n$/s);
  });

  it("says what to install where a backend is not there", async () => {
    const { code, stdout, stderr } = await run(`${tiny} --backend node-gpu --out none`, {
      env: { TX_TENSORFLOW: "" },
    });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^tx-train: backend node-gpu: expected .*; run: npm install [^\n]+\n$/);
    expect(await readdir(at())).not.toContain("none");
  });
});

// A process on an emulated GPU spends seconds on its shaders: what is asked of it is few processes.
describe("--backend webgpu", () => {
  // Destroys the device once two steps were told of, as a driver that starts anew does.
  const losing = `import { backend } from "@tensorflow/tfjs-core";
    const { write } = process.stdout;
    process.stdout.write = function (text, ...rest) {
      if (String(text).includes('"event":"step","step":2,')) backend().device.destroy();
      return write.call(this, text, ...rest);
    };`;
  beforeAll(() => writeFile(at("losing.mjs"), losing));

  it("ends with what was saved when its device is lost, goes on from there, and writes", async () => {
    const line = `${tiny} --eval-every 1 --backend webgpu --steps 3 --out gpu --json`;
    const lost = await run(line, { node: ["--import", "./losing.mjs"] });
    expect([lost.code, lost.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^tx-train: the device was lost[^\n]*\ntx-train: step [12] is saved: go on with npx tx-train resume gpu\n$/,
      ),
    ]);
    const { backend } = eventsOf(lost.stdout)[0] as { backend: { name: string; device: string } };
    expect(backend).toEqual({ name: "webgpu", device: expect.stringMatching(/with @tx\/webgpu$/) });

    const after = await run("resume gpu");
    expect([after.code, after.stderr]).toEqual([0, ""]);
    expect(after.stdout).toMatch(/^ {2}backend {6}webgpu \(/m);
    const metrics = eventsOf(await readFile(at("gpu", "metrics.jsonl"), "utf8"));
    expect(metrics.filter((metric) => "loss" in metric).map(({ step }) => step)).toEqual([1, 2, 3]);

    const written = await run("generate gpu --prompt whale --tokens 2");
    expect([written.code, written.stderr]).toEqual([0, ""]);
    expect(written.stdout).toMatch(/^whale.{2}\n$/s);
  });
});
