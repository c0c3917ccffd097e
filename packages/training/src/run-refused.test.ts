import { memory, tensor1d } from "@tensorflow/tfjs-core";
import {
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  Linear,
  type Module,
  normal,
  Rng,
} from "@tx/core";
import { expect, test } from "vitest";
import { AdamW, decodeRun, encodeRun, restoreRun, type SavedRun } from "./index";

const NAME = "folder/run.safetensors";

function made(inputs = 3, outputs = 2, seed = 5) {
  const model: Module = new Linear(inputs, outputs, { init: normal(1, new Rng(seed)) });
  const optimizer = new AdamW({ parameters: model.parameters() });
  const random = { dropout: new Rng(seed) };
  const numbers = async () => ({
    tensors: await Promise.all(
      [...model.parameters().values(), ...optimizer.state().values()].map((x) => x.array()),
    ),
    steps: optimizer.steps,
    dropout: random.dropout.state,
  });
  return { model, optimizer, random, numbers };
}

async function saved(): Promise<Uint8Array> {
  const tensors = new Map([["memory", tensor1d([1, 2])]]);
  return encodeRun({ ...made(3, 2, 7), tensors, cursor: { at: 3 } });
}

const errorOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
};

test("a file that is cut off anywhere is refused, by name and reason", async () => {
  const bytes = await saved();
  for (let length = 0; length < bytes.length; length++) {
    const message = errorOf(() => decodeRun(bytes.subarray(0, length), NAME));
    expect(message).toMatch(/^folder\/run\.safetensors: expected .+, got .+$/);
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  expect(errorOf(() => decodeRun(longer, NAME))).toMatch(/^folder\/run\.safetensors: expected .+/);
});

test("a file with any bit changed is refused, by name and reason", async () => {
  const bytes = await saved();
  for (let place = 0; place < bytes.length; place++) {
    for (const bit of [place % 8, (place + 5) % 8]) {
      const other = bytes.slice();
      other[place]! ^= 1 << bit;
      const message = errorOf(() => decodeRun(other, NAME));
      expect(message, `byte ${place} bit ${bit}`).toMatch(
        /^folder\/run\.safetensors: .*expected .+/s,
      );
    }
  }
});

test("a file of another kind, version or making is refused", async () => {
  const { tensors, metadata } = decodeSafetensors(await saved());
  const refused = (changed: object, message: string) => {
    const file = encodeSafetensors(tensors, { ...metadata, ...changed });
    expect(errorOf(() => decodeRun(file, NAME))).toBe(`${NAME}: ${message}`);
  };
  refused({ kind: "model" }, 'expected a file of kind "run", version 1, got "model", 1');
  refused({ version: "2" }, 'expected a file of kind "run", version 1, got "run", 2');
  refused({ checksum: "0" }, `expected the checksum ${metadata.checksum}, got 0`);
  const other = { ...metadata, note: "of somebody else" };
  expect(() => decodeRun(encodeSafetensors(tensors, other))).toThrow("expected the checksum");
  expect(errorOf(() => decodeRun(encodeSafetensors(tensors), NAME))).toBe(
    `${NAME}: expected a file of kind "run", version 1, got "undefined", undefined`,
  );
});

type Tensors = Map<string, HostTensor>;

const part = (tensors: ReadonlyMap<string, HostTensor>, change: (tensors: Tensors) => void) => {
  const copy = new Map(tensors);
  change(copy);
  return copy;
};

test("a run that does not fit is refused, and nothing is changed", async () => {
  const run = decodeRun(await saved(), NAME);
  const { model, optimizer, random, numbers } = made();
  const before = await numbers();
  const { numTensors } = memory();
  const refused = async (changed: Partial<SavedRun>, message: string) => {
    const restore = () => restoreRun({ ...run, ...changed }, { model, optimizer, random });
    expect(errorOf(restore)).toBe(`${NAME}: ${message}`);
    expect(await numbers()).toEqual(before);
    expect(memory().numTensors).toBe(numTensors);
  };
  const row: HostTensor = { dtype: "F32", shape: [6], data: new Float32Array(6) };
  const own = "state: expected the module's own parameters, got";
  const without = (map: SavedRun["model"], path: string) =>
    part(map, (tensors) => void tensors.delete(path));
  await refused({ model: without(run.model, "bias") }, `${own} none at bias`);
  await refused(
    { model: part(run.model, (tensors) => void tensors.set("gain", row)) },
    `${own} unknown gain`,
  );
  await refused(
    { model: part(run.model, (tensors) => void tensors.set("kernel", row)) },
    `${own} kernel of [6] instead of [3, 2]`,
  );
  await refused(
    { optimizer: without(run.optimizer, "bias.firstMoment") },
    "state: expected the optimizer's own paths, got bias.firstMoment",
  );
  await refused(
    { optimizer: part(run.optimizer, (tensors) => void tensors.set("kernel.secondMoment", row)) },
    "kernel.secondMoment: expected [3, 2], got [6]",
  );
  await refused({ random: {} }, "random: expected no stream, got dropout");
  await refused({ random: { other: 3 } }, "random: expected other, got dropout");
});

test("a run of another model is refused", async () => {
  const run = decodeRun(await saved(), NAME);
  expect(errorOf(() => restoreRun(run, made(3, 4)))).toBe(
    `${NAME}: state: expected the module's own parameters, got kernel of [3, 2] instead of [3, 4]; bias of [2] instead of [4]`,
  );
});
