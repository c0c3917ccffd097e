import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dispose } from "@tensorflow/tfjs-core";
import { saveModel } from "@tx/model/node";
import { saveRun } from "@tx/training/node";
import {
  type Expected,
  makeModels,
  makeRun,
  makeSchedules,
  makeTokenizer,
  outputOf,
  ratesOf,
  text,
} from "./released";

/** Saves one of everything in a folder, in place of what is there, and what is to come out of it. */
export async function saveVersion(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const expected: Expected = {
    outputs: await saveModels(folder),
    losses: await saveARun(folder),
    schedules: makeSchedules().map((schedule) => ({
      config: schedule.toJSON(),
      rates: ratesOf(schedule),
    })),
    tokenizer: {
      config: makeTokenizer().toJSON(),
      ids: [...makeTokenizer().encode(text)],
    },
  };
  writeFileSync(join(folder, "expected.json"), `${JSON.stringify(expected, null, 2)}\n`);
}

async function saveModels(folder: string): Promise<Record<string, number[]>> {
  const outputs: Record<string, number[]> = {};
  for (const [name, model] of makeModels()) {
    await saveModel(join(folder, `${name}.safetensors`), model);
    const output = outputOf(model);
    outputs[name] = [...(await output.data())];
    dispose(output);
    model.dispose();
  }
  return outputs;
}

/** @returns The losses of the two steps after what was saved. */
async function saveARun(folder: string): Promise<number[]> {
  const run = makeRun();
  for (let n = 0; n < 3; n++) await run.step();
  await saveRun(folder, run);
  const losses = [await run.step(), await run.step()];
  run.dispose();
  return losses;
}
