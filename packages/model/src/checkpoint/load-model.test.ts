import { getBackend, memory, tensor1d, tensor2d, tidy, zeros } from "@tensorflow/tfjs-core";
import {
  type ByteSource,
  bytesSource,
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  Rng,
  stateOf,
} from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  decodeModel,
  encodeModel,
  type GptOptions,
  gpt,
  loadModel,
  modelToBlob,
  saveTensors,
} from "../index";
import { expectSameModel } from "../testing/expect-same-model";

const SIZES = { vocabSize: 11, maxLen: 7, layers: 2, heads: 2, dModel: 6 };
const modelOf = (options: Partial<GptOptions> = {}) =>
  gpt({ ...SIZES, rng: new Rng(3), ...options });
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

test.each<[string, Partial<GptOptions>]>([
  ["every default", {}],
  ["an untied head and no bias", { tied: false, bias: false, activation: "silu" }],
  ["sinusoidal positions", { positional: "sinusoidal", dropout: 0.25 }],
])("a model with %s comes back from a Blob as it was", (_, options) =>
  expectNoLeak(async () => {
    const model = modelOf(options);
    const blob = await modelToBlob(model);
    const again = await loadModel(blob);
    await expectSameModel(again, model);
    expect(again.training).toBe(false);
    const ids = tensor2d([[3, 1, 4, 1, 5]], undefined, "int32");
    const logits = [(again as typeof model).forward(ids), model.forward(ids)] as const;
    await expectClose(...logits, { rtol: 0, atol: 0 });
    for (const thing of [...logits, ids, model, again]) thing.dispose();
  }),
);

test("the bytes are those of encodeModel, in memory or not", async () => {
  const model = modelOf();
  const bytes = await encodeModel(model);
  expect(await bytesOf(await modelToBlob(model))).toEqual(bytes);
  await expectSameModel(decodeModel(bytes), model);
  await expectSameModel(await loadModel(bytes), model);
  await expectSameModel(await loadModel(bytes.slice().buffer as ArrayBuffer), model);
  await expectSameModel(await loadModel(bytesSource(bytes)), model);
});

test.each([
  ["F16", 2 ** -11, 2 ** -25],
  ["BF16", 2 ** -8, 0],
] as const)(
  "%s takes half the room, each number the nearest there is",
  async (dtype, rtol, atol) => {
    const model = modelOf();
    const blob = await modelToBlob(model, { dtype });
    const numbers = [...stateOf(model).values()].reduce((sum, { size }) => sum + size, 0);
    const bytes = await bytesOf(blob);
    expect(bytes.length - 8 - bytes[0]! - 256 * bytes[1]!).toBe(2 * numbers);
    const again = await loadModel(blob);
    for (const [path, variable] of stateOf(model)) {
      await expectClose(stateOf(again).get(path)!, variable, { rtol, atol });
    }
    // Rounded once, they stay as they are.
    const twice = await loadModel(await modelToBlob(again, { dtype }));
    await expectSameModel(twice, again);
    expect(await bytesOf(await modelToBlob(again, { dtype }))).toEqual(bytes);
  },
);

test("infinite, subnormal and missing numbers come back, from half precision too", async () => {
  const model = modelOf();
  const gain = model.parameters().get("decoder.norm.gain")!;
  const odd = [Number.NaN, Infinity, -Infinity, -0, 2 ** -24, 65504];
  gain.assign(tensor1d(odd));
  for (const dtype of ["F32", "F16"] as const) {
    const again = await loadModel(await modelToBlob(model, { dtype }));
    expect([...(await again.parameters().get("decoder.norm.gain")!.data())]).toEqual(odd);
  }
});

test("what is saved is the model of the moment of the call", async () => {
  const model = modelOf();
  const before = await encodeModel(model);
  await expectNoLeak(async () => {
    const saving = modelToBlob(model);
    for (const variable of stateOf(model).values()) {
      tidy(() => variable.assign(zeros(variable.shape)));
    }
    expect(await bytesOf(await saving)).toEqual(before);
  });
});

test("saving and loading hold one tensor beside the model, and read no byte twice", async () => {
  const model = modelOf();
  const wanted = [...stateOf(model).values()];
  const largest = Math.max(...wanted.map(({ size }) => 4 * size));
  const pieces: Uint8Array[] = [];
  const most = { held: 0 };
  const start = memory().numDataBuffers;
  const watch = () => {
    most.held = Math.max(most.held, memory().numDataBuffers - start);
  };
  const write = async (all: AsyncIterable<Uint8Array>) => {
    for await (const piece of all) {
      watch();
      pieces.push(piece.slice());
    }
  };
  await saveTensors(model, write, { metadata: { config: JSON.stringify(model.config) } });
  // What is written shares its numbers with the variables; on TensorFlow too, but there tfjs counts
  // each handle of the same numbers as a buffer.
  expect(most.held).toBe(getBackend() === "tensorflow" ? wanted.length : 0);
  expect(pieces.slice(1).map(({ length }) => length)).toEqual(wanted.map(({ size }) => 4 * size));

  const file = new Uint8Array(Buffer.concat(pieces));
  const reads: [number, number][] = [];
  const source: ByteSource = {
    name: "watched",
    size: file.length,
    async read(offset, length) {
      watch();
      reads.push([offset, length]);
      return file.slice(offset, offset + length);
    },
  };
  const again = await loadModel(source);
  // The new model's own, whatever is read.
  expect(most.held).toBe(wanted.length);
  let end = 0;
  for (const [offset, length] of reads) {
    expect(offset).toBe(end);
    end += length;
  }
  expect(end).toBe(file.length);
  expect(Math.max(...reads.slice(2).map(([, length]) => length))).toBe(largest);
  await expectSameModel(again, model);
});

test("a file that is damaged, or of other weights, is refused with its name and leaves nothing", async () => {
  const bytes = await encodeModel(modelOf());
  const { tensors, metadata } = decodeSafetensors(bytes);
  const refused = (file: Uint8Array, message: RegExp | string) =>
    expect(loadModel(file, { name: "run" })).rejects.toThrow(message);
  await expectNoLeak(async () => {
    for (const length of [0, 7, 20, bytes.length >> 1, bytes.length - 1]) {
      await refused(bytes.subarray(0, length), /^run: expected .+, got .+/);
    }
    const others = new Map<string, HostTensor>(tensors);
    others.delete("decoder.norm.bias");
    others.set("norm.scale", tensors.get("decoder.norm.gain")!);
    others.set("decoder.norm.gain", { dtype: "I32", shape: [6], data: new Int32Array(6) });
    others.set("embedding.table", { dtype: "F32", shape: [6, 11], data: new Float32Array(66) });
    await refused(
      encodeSafetensors(others, metadata),
      "run: expected the module's own tensors, got none at decoder.norm.bias; unknown norm.scale; embedding.table of [6, 11] instead of [11, 6]; decoder.norm.gain of I32 instead of F32",
    );
    await refused(encodeSafetensors(tensors), "run: expected a config in the metadata");
  });
});

test("a connection that fails half-way leaves nothing behind", async () => {
  const file = await encodeModel(modelOf());
  const source: ByteSource = {
    ...bytesSource(file, "cable"),
    read: async (offset, length) => {
      if (offset > file.length - 200) throw new Error("cable: cut");
      return file.subarray(offset, offset + length);
    },
  };
  await expectNoLeak(async () => {
    await expect(loadModel(source)).rejects.toThrow(
      /^cable: cut \(the module is loaded in part: \d+ of 36 done\)$/,
    );
  });
});

test("a config of a few bytes cannot ask for memory without end", async () => {
  const { tensors, metadata } = decodeSafetensors(await encodeModel(modelOf()));
  const config = JSON.parse(metadata.config!);
  const asking = (other: Record<string, unknown>) =>
    encodeSafetensors(tensors, { config: JSON.stringify({ ...config, ...other }) });
  await expectNoLeak(async () => {
    for (const [other, message] of [
      [{ vocabSize: 2 ** 40 }, "embedding.table of [11, 6] instead of [1099511627776, 6]"],
      [
        { layers: 1e9 },
        "config.layers: expected at most the 36 that the file has tensors for, got 1000000000",
      ],
      [{ dFF: 1e9 }, "expand.kernel of [6, 24] instead of [6, 1000000000]"],
      [{ dModel: 2 ** 20, heads: 1 }, "positional.dModel: expected the model's 1048576, got 6"],
      [{ positional: { ...config.positional, maxLen: 1e12 } }, "instead of [1000000000000, 6]"],
      [
        { positional: { ...config.positional, dModel: 1e12 } },
        "positional.dModel: expected the model's 6, got",
      ],
    ] as const) {
      const file = asking(other);
      expect(() => decodeModel(file), JSON.stringify(other)).toThrow(message);
      await expect(loadModel(file, { name: "model" })).rejects.toThrow(message);
    }
  });
});
