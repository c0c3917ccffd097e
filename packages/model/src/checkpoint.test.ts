import { tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { decodeSafetensors, encodeSafetensors, type HostTensor, Rng } from "@tx/core";
import { sinusoidal } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { decodeModel as decodeAny, encodeModel, type GptOptions, gpt, modelKinds } from "./index";

const SIZES = { vocabSize: 11, maxLen: 7, layers: 2, heads: 2, dModel: 6 };
const EXACT = { rtol: 0, atol: 0 };
const modelOf = (options: Partial<GptOptions> = {}) =>
  gpt({ ...SIZES, rng: new Rng(3), ...options });
const decodeModel = (...file: Parameters<typeof decodeAny>) =>
  decodeAny(...file) as ReturnType<typeof gpt>;
const tokens = () => tensor2d([[3, 1, 4, 1, 5]], undefined, "int32");

test.each<[string, Partial<GptOptions>]>([
  ["every default", {}],
  ["untied, no bias, other widths", { tied: false, bias: false, dFF: 5, layers: 1, eps: 1e-3 }],
  ["another activation and dropout", { activation: "silu", dropout: 0.25 }],
  ["sinusoidal positions", { positional: "sinusoidal" }],
  [
    "sinusoidal positions of its own",
    { positional: sinusoidal({ dModel: 6, base: 37.5, layout: "concat" }) },
  ],
])("a model with %s comes back as it was", async (_, options) => {
  const model = modelOf(options);
  const again = decodeModel(await encodeModel(model));
  expect(again.config).toEqual(model.config);
  expect(again.positional?.toJSON()).toEqual(model.positional?.toJSON());
  expect([...again.parameters().keys()]).toEqual([...model.parameters().keys()]);
  for (const [path, parameter] of model.parameters()) {
    await expectClose(again.parameters().get(path)!, parameter, EXACT);
  }
  await expectClose(again.forward(tokens()), model.forward(tokens()), EXACT);
});

test("weights keep every bit", async () => {
  const model = modelOf();
  const odd = [-0, 1e-40, Number.NaN, Number.NEGATIVE_INFINITY, 0.1, 3.4e38];
  const gain = model.parameters().get("decoder.norm.gain")!;
  gain.assign(tensor1d(odd));
  const again = decodeModel(await encodeModel(model))
    .parameters()
    .get("decoder.norm.gain")!;
  expect([...(await again.data())]).toEqual([...Float32Array.from(odd)]);
});

test("a decoded model is in eval, and drops by the stream it is given", async () => {
  const bytes = await encodeModel(modelOf({ dropout: 0.4 }).train());
  const model = decodeModel(bytes);
  expect(model.training).toBe(false);
  const trained = (seed: number) => decodeModel(bytes, "run", new Rng(seed)).train();
  const once = trained(5).forward(tokens());
  await expectClose(trained(5).forward(tokens()), once, EXACT);
  await expect(expectClose(trained(6).forward(tokens()), once)).rejects.toThrow("entries are off");
});

test("the same model gives the same bytes, and they may lie anywhere in memory", async () => {
  const bytes = await encodeModel(modelOf());
  expect(await encodeModel(decodeModel(bytes))).toEqual(bytes);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(await encodeModel(decodeModel(shifted.subarray(3)))).toEqual(bytes);
});

test("nothing is left behind but the decoded model", async () => {
  const model = modelOf();
  await expectNoLeak(async () => {
    decodeModel(await encodeModel(model)).dispose();
  });
});

type Config = Record<string, unknown>;
type Tensors = Map<string, HostTensor>;

/** The file with other tensors or another config. */
function changed(
  bytes: Uint8Array,
  change: { config?: (config: Config) => unknown; tensors?: (tensors: Tensors) => void },
): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const config: Config = JSON.parse(metadata.config!);
  change.tensors?.(tensors);
  const text = JSON.stringify(change.config ? change.config(config) : config);
  return encodeSafetensors(tensors, { ...metadata, config: text });
}

const withConfig = (other: Config) => ({ config: (config: Config) => ({ ...config, ...other }) });

test("a corrupt file gives one clear error with its name, and leaves nothing behind", async () => {
  const bytes = await encodeModel(modelOf({ layers: 1 }));
  const headerLength = new DataView(bytes.buffer).getUint32(0, true);
  const refused = (file: Uint8Array, message: string) =>
    expect(() => decodeModel(file, "run.safetensors")).toThrow(
      new Error(`run.safetensors: ${message}`),
    );
  const body = bytes.length - 8 - headerLength;
  await expectNoLeak(() => {
    refused(new Uint8Array(0), "expected at least 8 bytes, got 0");
    refused(bytes.slice(0, 20), `expected a header of ${headerLength} bytes, got 12`);
    refused(bytes.slice(0, -1), "expected 24 bytes for decoder.norm.bias, got 23");
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    refused(longer, `expected ${body} bytes of numbers, got ${body + 4}`);
    const scrambled = bytes.slice();
    scrambled.fill(0x2d, 8, 16);
    refused(scrambled, "expected a header in JSON, got other text");
  });
});

test("a file of another kind or version, or none, is refused", async () => {
  const bytes = await encodeModel(modelOf({ layers: 1 }));
  const { tensors } = decodeSafetensors(bytes);
  const refused = (file: Uint8Array, message: string) =>
    expect(() => decodeModel(file, "run")).toThrow(new Error(`run: ${message}`));
  await expectNoLeak(() => {
    const config = "expected a config in the metadata";
    refused(encodeSafetensors(tensors), `${config}, got none`);
    refused(encodeSafetensors(tensors, { config: "{" }), `${config} in JSON, got other text`);
    refused(
      encodeSafetensors(tensors, { config: "[".repeat(100_000) }),
      `${config} of at most 32 levels, got more`,
    );
    refused(changed(bytes, { config: () => null }), "config: expected an object, got null");
    const kinds = modelKinds.join(", ");
    refused(
      changed(bytes, withConfig({ kind: "elman" })),
      `config.kind: expected one of ${kinds}, got "elman"`,
    );
    refused(
      changed(bytes, withConfig({ version: 2 })),
      "config.version: expected 1 for gpt, got 2",
    );
  });
});

test("a config that makes no model is refused, and leaves nothing behind", async () => {
  const bytes = await encodeModel(modelOf({ layers: 1 }));
  const refused = (config: Config, message: string | RegExp) =>
    expect(() => decodeModel(changed(bytes, withConfig(config)), "run")).toThrow(
      typeof message === "string" ? new Error(`run: ${message}`) : message,
    );
  await expectNoLeak(() => {
    refused({ layers: "1" }, 'config.layers: expected a whole number from 1, got "1"');
    refused(
      { layers: 1e9 },
      "config.layers: expected at most the 20 that the file has tensors for, got 1000000000",
    );
    refused({ heads: 4 }, "config.dModel: expected a multiple of heads=4, got 6");
    refused({ dropout: 1 }, "config.dropout: expected a number in [0, 1), got 1");
    refused({ positional: null }, "config.positional: expected an object, got null");
    refused(
      { positional: { kind: "rotary", version: 1 } },
      /^run: config\.positional\.kind: expected one of .+, got "rotary"$/,
    );
    refused(
      { positional: { kind: "learned", version: 2 } },
      "config.positional.version: expected 1 for learned, got 2",
    );
  });
});

test("weights that are not the config's are refused, and leave nothing behind", async () => {
  const bytes = await encodeModel(modelOf({ layers: 1 }));
  const refused = (file: Uint8Array, message: string) =>
    expect(() => decodeModel(file, "run")).toThrow(new Error(`run: ${message}`));
  const own = "state: expected the module's own parameters, got";
  const gain: HostTensor = { dtype: "F32", shape: [2, 3], data: new Float32Array(6) };
  await expectNoLeak(() => {
    refused(
      changed(bytes, withConfig({ vocabSize: 12 })),
      `${own} embedding.table of [11, 6] instead of [12, 6]`,
    );
    const renamed = (tensors: Tensors) => {
      tensors.set("norm.scale", tensors.get("decoder.norm.gain")!);
      tensors.delete("decoder.norm.gain");
    };
    refused(
      changed(bytes, { tensors: renamed }),
      `${own} none at decoder.norm.gain; unknown norm.scale`,
    );
    const reshaped = (tensors: Tensors) => void tensors.set("decoder.norm.gain", gain);
    refused(
      changed(bytes, { tensors: reshaped }),
      `${own} decoder.norm.gain of [2, 3] instead of [6]`,
    );
    const whole: HostTensor = { dtype: "I32", shape: [6], data: new Int32Array(6) };
    const retyped = (tensors: Tensors) => void tensors.set("decoder.norm.gain", whole);
    refused(
      changed(bytes, { tensors: retyped }),
      `${own} decoder.norm.gain of int32 instead of float32`,
    );
  });
});
