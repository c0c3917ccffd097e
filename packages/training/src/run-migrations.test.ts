import { memory } from "@tensorflow/tfjs-core";
import { Linear, normal, Rng } from "@tx/core";
import { expect, test } from "vitest";
import { decodeRun, decodeRunOf } from "./decode-run";
import { AdamW, encodeRun } from "./index";
import type { RunMigration } from "./run-format";

// As if version 2 called the cursor a place and its model's kernel a weight.
const lift: RunMigration = {
  text: ({ cursor, ...rest }) => ({ ...rest, cursor: { place: cursor } }),
  name: (name) => name.replace(/\bkernel$/, "weight"),
};

async function savedRun(): Promise<Uint8Array> {
  const model = new Linear(3, 2, { init: normal(1, new Rng(5)) });
  const optimizer = new AdamW({ parameters: model.parameters() });
  const before = memory().numTensors;
  const bytes = await encodeRun({ model, optimizer, cursor: 3 });
  expect(memory().numTensors).toBe(before);
  optimizer.dispose();
  model.dispose();
  return bytes;
}

test("a run of an earlier version is lifted: its text and its tensors' names", async () => {
  const bytes = await savedRun();
  const [old, lifted] = [decodeRun(bytes, "run"), decodeRunOf(bytes, "run", [lift])];
  expect(lifted.cursor).toEqual({ place: 3 });
  expect([...lifted.model.keys()].sort()).toEqual(["bias", "weight"]);
  expect(lifted.model.get("weight")).toEqual(old.model.get("kernel"));
  expect(lifted.steps).toBe(old.steps);
});

test("two steps are taken one after the other", async () => {
  const again: RunMigration = {
    text: ({ cursor, ...rest }) => ({ ...rest, cursor: [cursor] }),
    name: (name) => name,
  };
  const lifted = decodeRunOf(await savedRun(), "run", [lift, again]);
  expect(lifted.cursor).toEqual([{ place: 3 }]);
});
