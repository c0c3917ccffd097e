import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { namesOf } from "../parts/part";
import { tasks } from "../tasks/names";
import { eventsOf, packedProgram } from "../testing/packed-program";
import { catalogue } from "./list";

const { at, exec, main, run } = await packedProgram();
const model = "--layers 1 --heads 2 --d-model 8 --length 7 --batch 2 --backend cpu --largest 999";
const tiny = `${model} --text text.txt --eval-every 2 --eval-tokens 40 --final-tokens 40 --sample 9`;

beforeAll(() => writeFile(at("text.txt"), "The whale is seven fathoms down.\n".repeat(30)));

const lines = async (...path: string[]) => eventsOf(await readFile(at(...path), "utf8"));

/** What generate is asked for, by task, and how its answer begins. */
const prompts: Readonly<Record<string, readonly [prompt: string, start: string]>> = {
  lm: ["whale", "whale"],
  mlm: ["wh_le", "wh"],
  copy: ["3 1 2", "3 1 2 → "],
  reverse: ["3 1 2", "3 1 2 → "],
  sort: ["3 1 2", "3 1 2 → "],
  translate: ["twenty-one", "twenty-one → "],
};

describe.each(namesOf(tasks))("the task %s", (task) => {
  it("trains, goes on, writes and is measured", async () => {
    const first = await run(`train --task ${task} ${tiny} --steps 3 --out ${task} --quiet`);
    expect(first).toMatchObject({ code: 0, stdout: `${task}\n`, stderr: "" });
    expect((await readdir(at(task))).sort()).toEqual([
      ...["config.json", "metrics.jsonl", "report.html", "run.safetensors", "samples.jsonl"],
    ]);

    const more = await run(`resume ${task} --steps 5 --json`);
    expect([more.code, more.stderr]).toEqual([0, ""]);
    const events = eventsOf(more.stdout);
    expect(events[0]).toMatchObject({ event: "start", from: { folder: task, step: 3 } });
    expect(events.filter(({ event }) => event === "step").map(({ step }) => step)).toEqual([4, 5]);
    expect(events.at(-1)).toEqual({ event: "end", folder: task, step: 5 });
    const metrics = await lines(task, "metrics.jsonl");
    const trained = metrics.filter((metric) => "loss" in metric);
    expect(trained.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);

    const measured = await run(`evaluate ${task} --json`);
    const { length: _, ...found } = eventsOf(measured.stdout)[0]!;
    const { validationLoss: loss, yardstick, ...last } = metrics.at(-1)!;
    expect([measured.code, { ...found, step: 5 }]).toEqual([0, { loss, ...last }]);

    const [prompt, start] = prompts[task]!;
    const written = await run(`generate ${task} --prompt '${prompt}' --tokens 6`);
    expect([written.code, written.stderr]).toEqual([0, ""]);
    expect(written.stdout.startsWith(start)).toBe(true);
    expect(written.stdout).toMatch(/^[^\n].*\n$/s);
  });
});

describe("commands", () => {
  it("is a program that a project has by name", async () => {
    const bin = join(dirname(dirname(dirname(dirname(main)))), ".bin", "tx-train");
    const { code, stdout } = await exec(bin, "--help");
    expect(code).toBe(0);
    for (const name of ["train", "resume", "generate", "evaluate", "compare", "ablate", "export"]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
    expect(stdout).toContain("npx tx-train --task reverse");
    expect(stdout).not.toContain("npm start");
  });

  it("lists every part with a sentence", async () => {
    const [{ code, stdout }, other] = [await run("list"), await run("--list")];
    expect([code, other.stdout]).toEqual([0, stdout]);
    for (const [setting, , parts] of catalogue) {
      expect(stdout).toContain(`${setting} <name>`);
      for (const { name } of parts) {
        expect(stdout).toMatch(new RegExp(`^  ${name} +\\S+ \\S+`, "m"));
      }
    }
  });

  it("compares, and exports what three lines load", async () => {
    await run(`${tiny} --steps 2 --out one --quiet`);
    await run(`${tiny} --steps 2 --positional alibi --out two --quiet`);
    expect(await run("compare one two --out page.html")).toMatchObject({
      ...{ code: 0, stdout: "page.html\n", stderr: "" },
    });
    expect(await readFile(at("page.html"), "utf8")).toMatch(/<td>learned<.*<td>alibi</s);

    const { code, stdout } = await run("export one");
    const [folder, , ...program] = stdout.trimEnd().split("\n");
    expect([code, folder, program.length]).toEqual([0, "one/model", 3]);
    const check = `import { getBackend, tensor2d } from "@tensorflow/tfjs-core";
      const { shape } = model.forward(tensor2d([[1, 2, 3]], [1, 3], "int32"));
      console.log(getBackend(), shape.join());`;
    await writeFile(at("load.mjs"), `${program.join("\n")}\n${check}`);
    const loaded = await exec(process.execPath, "load.mjs");
    const characters = new Set("The whale is seven fathoms down.\n").size;
    // On the error output tfjs itself advertises its package for Node.
    expect(loaded).toMatchObject({ code: 0, stdout: `cpu 1,3,${characters}\n` });
  });

  it("compares parts in processes of their own, and keeps what is finished", async () => {
    const line = `ablate --norm layer,rms --seeds 1 --lengths 7,14 --positional rope ${tiny} --steps 2`;
    const first = await run(`${line} --jobs 2 --out cells --quiet`);
    expect(first).toMatchObject({ code: 0, stdout: "cells/ablation.html\n", stderr: "" });
    expect(await readFile(at("cells", "table.md"), "utf8")).toMatch(
      /^\| norm \| loss at 7 \| loss at 14 .*\n(.*\n)\| (layer|rms) .*\n\| (layer|rms) /,
    );
    const again = await run(`${line} --out cells`);
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringContaining("2 cells, 2 of them finished before"),
    ]);
  });
});
