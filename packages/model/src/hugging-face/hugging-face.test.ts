import { tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type RopeScaling, rope } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  type BertOptions,
  bert,
  bertSizes,
  type CausalLanguageModel,
  type GptOptions,
  gpt,
  gptSizes,
  type LlamaOptions,
  llama,
  llamaSizes,
  openCheckpoint,
  type PresetModel,
  type T5Options,
  t5,
  t5Sizes,
  vanillaTransformer,
  vanillaTransformerSizes,
} from "../index";
import {
  type FromHuggingFaceOptions,
  fromHuggingFace,
  huggingFaceConfig,
  toHuggingFace,
} from "./index";

const rng = () => new Rng(3);
const gptOf = (options: Partial<GptOptions> = {}) =>
  gpt({ ...gptSizes.tiny, rng: rng(), ...options });
const bertOf = (options: Partial<BertOptions> = {}) =>
  bert({ ...bertSizes.tiny, dropout: 0, attentionDropout: 0, rng: rng(), ...options });
const llamaOf = (options: Partial<LlamaOptions> = {}) =>
  llama({ ...llamaSizes.tiny, rng: rng(), ...options });
const t5Of = (options: Partial<T5Options> = {}) => t5({ ...t5Sizes.tiny, rng: rng(), ...options });

/** A file's bytes. */
async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of pieces) parts.push(piece.slice());
  return new Blob(parts);
}
const bytesOf = (model: PresetModel) => toHuggingFace(model, collected);

async function throughTheirs(
  model: PresetModel,
  options: FromHuggingFaceOptions = {},
): Promise<PresetModel> {
  const json = JSON.parse(JSON.stringify(huggingFaceConfig(model)));
  return fromHuggingFace(json, await openCheckpoint(await bytesOf(model)), options);
}

test("rotary features that are interleaved are written in halves", async () => {
  const { headDim } = llamaOf().config;
  const model = llamaOf({ positional: rope({ headDim: 4, pairing: "interleaved" }), headDim: 4 });
  const again = (await throughTheirs(model)) as CausalLanguageModel;
  expect(headDim).toBe(2);
  expect(model.config.positional).toMatchObject({ pairing: "interleaved" });
  expect(again.positional?.toJSON()).toMatchObject({ pairing: "half" });
  const ids = tensor2d([[3, 1, 4, 1, 5]], undefined, "int32");
  await expectClose(again.forward(ids), model.forward(ids), { rtol: 1e-5, atol: 1e-6 });
});

test.each<RopeScaling>([
  { type: "linear", factor: 2 },
  { type: "dynamic-ntk", factor: 2, originalMaxLen: 7 },
  { type: "llama3", factor: 8, lowFreqFactor: 1.5, highFreqFactor: 5, originalMaxLen: 3 },
  { type: "yarn", factor: 4, originalMaxLen: 3, betaFast: 30, betaSlow: 2 },
  { type: "yarn", factor: 4, originalMaxLen: 3, attentionFactor: 1.25 },
  { type: "longrope", shortFactors: [1, 2], longFactors: [3, 4], originalMaxLen: 3, factor: 2 },
])("rotary scaling $type goes there and back", async (scaling) => {
  const model = llamaOf({ headDim: 4, ropeBase: 500, ropeScaling: scaling });
  const again = await throughTheirs(model);
  expect(again.config).toEqual(model.config);
});

test("their newer way to tell of rotary positions is read too", async () => {
  const model = llamaOf({ ropeBase: 500, ropeScaling: { type: "linear", factor: 2 } });
  const { rope_theta, rope_scaling, ...json } = huggingFaceConfig(model);
  const rope_parameters = { rope_theta, ...(rope_scaling as object) };
  const file = await openCheckpoint(await bytesOf(model));
  const again = await fromHuggingFace({ ...json, rope_parameters }, file);
  expect(again.config).toEqual(model.config);
});

test.each<[string, () => PresetModel, FromHuggingFaceOptions]>([
  ["a gpt, untied", () => gptOf({ tied: false, activation: "silu", dropout: 0.2 }), {}],
  ["a bert", () => bertOf({ activation: "relu" }), {}],
  ["a llama, tied", () => llamaOf({ tied: true }), {}],
  ["a llama with dropout", () => llamaOf({ dropout: 0.2 }), { dropout: 0.2 }],
  ["a t5 with a gate", () => t5Of({ gated: true, tied: false, dropout: 0.2 }), {}],
  ["a t5 without", () => t5Of({ activation: "gelu" }), {}],
])("%s has the config that it had", async (_, make, options) => {
  const model = make();
  expect((await throughTheirs(model, options)).config).toEqual(model.config);
});

test("what their layouts cannot say is refused before a byte is written", async () => {
  const refused = async (model: PresetModel, message: string) => {
    expect(() => huggingFaceConfig(model)).toThrow(new RangeError(message));
    const write = () => Promise.reject(new Error("written"));
    await expect(toHuggingFace(model, write)).rejects.toThrow(new RangeError(message));
  };
  await refused(
    gptOf({ positional: "sinusoidal" }),
    'config.positional.kind: expected "learned", which is all that GPT-2 has, got "sinusoidal"',
  );
  await refused(
    gptOf({ bias: false }),
    "config.bias: expected true, which is all that GPT-2 has, got false",
  );
  await refused(
    bertOf({ segments: 0 }),
    "config.segments: expected at least one sort, as BERT has, got 0",
  );
  await refused(
    llamaOf({ positional: rope({ headDim: 4, rotaryDim: 2 }), headDim: 4 }),
    "config.positional.rotaryDim: expected headDim=4, which is all that Llama turns, got 2",
  );
  await refused(
    llamaOf({ headDim: 4, ropeScaling: { type: "ntk", factor: 2 } }),
    'config.positional.scaling.type: expected one that Llama has, got "ntk"',
  );
  await refused(
    t5Of({ gated: true, activation: "gelu" }),
    'config.activation: expected one that T5 has with a gate, got "gelu"',
  );
  await refused(
    vanillaTransformer({ ...vanillaTransformerSizes.tiny, rng: rng() }),
    'config.kind: expected one of gpt, bert, bert-encoder, bert-sequence-classifier, bert-token-classifier, llama, t5, got "vanilla-transformer"',
  );
});

test.each<[object | null, string]>([
  [null, "config.json: expected an object, got null"],
  [
    { model_type: "mamba" },
    'config.json: model_type: expected one of gpt2, bert, llama, t5, got "mamba"',
  ],
  [
    { model_type: "gpt2", architectures: ["GPT2ForSequenceClassification"] },
    'config.json: architectures: expected one of GPT2LMHeadModel, GPT2Model, got "GPT2ForSequenceClassification"',
  ],
  [
    { model_type: "gpt2", n_layer: 0 },
    "config.json: n_layer: expected a whole number from 1, got 0",
  ],
  [
    { model_type: "gpt2", attn_pdrop: 0.2 },
    "config.json: expected one share for all dropout, or options.dropout, got resid_pdrop=0.1, embd_pdrop=0.1, attn_pdrop=0.2",
  ],
  [
    { model_type: "bert", architectures: ["BertModel"], position_embedding_type: "relative_key" },
    'config.json: position_embedding_type: expected "absolute", got "relative_key"',
  ],
  [
    { model_type: "bert", architectures: ["BertModel"], hidden_act: "quick_gelu" },
    'config.json: hidden_act: expected one of gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, mish, relu, relu2, silu, swish, got "quick_gelu"',
  ],
  [
    { model_type: "llama", attention_bias: true },
    "config.json: attention_bias: expected false, got true",
  ],
  [
    { model_type: "llama", rope_scaling: { rope_type: "su", factor: 2 } },
    'config.json: rope_scaling: rope_type: expected one of default, linear, dynamic, yarn, llama3, longrope, got "su"',
  ],
  [
    { model_type: "t5", num_layers: 2, num_decoder_layers: 3 },
    "config.json: num_decoder_layers: expected 2, got 3",
  ],
  [
    { model_type: "t5", feed_forward_proj: "gated-tanh" },
    'config.json: feed_forward_proj: expected one of relu, gelu, gelu_new, silu, gated-gelu, gated-relu, gated-silu, got "gated-tanh"',
  ],
])("%j is refused by name", async (json, message) => {
  const file = await openCheckpoint(await bytesOf(gptOf()));
  await expectNoLeak(() =>
    expect(fromHuggingFace(json, file)).rejects.toThrow(new RangeError(message)),
  );
});

test("weights that are not the config's are all listed, and nothing is left behind", async () => {
  const model = gptOf({ layers: 1 });
  const json = huggingFaceConfig(model);
  const file = await openCheckpoint(await bytesOf(model), { name: "gpt2" });
  await expectNoLeak(async () => {
    const refused = fromHuggingFace({ ...json, n_layer: 2, vocab_size: 12 }, file);
    await expect(refused).rejects.toThrow(
      /^gpt2: expected the module's own tensors, got none at transformer\.h\.1\.ln_1\.weight, .+; transformer\.wte\.weight of \[11, 6\] instead of \[12, 6\]$/,
    );
  });
});
