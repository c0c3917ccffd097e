import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Tensor2D, type Tensor3D, tensor, tensor2d } from "@tensorflow/tfjs-core";
import { encodeSafetensors, type HostTensor } from "@tx/core";
import { expect, test } from "vitest";
import {
  type CausalLanguageModel,
  Decoder,
  Encoder,
  type EncoderDecoderModel,
  type EncoderModel,
  openCheckpoint,
  type PresetModel,
} from "../index";
import { fromHuggingFace } from "./index";

interface Listed {
  shape: number[];
  data: number[];
}

interface Golden {
  config: Record<string, number>;
  inputs: Record<string, Listed>;
  weights: Record<string, Listed>;
  outputs: Record<string, Listed>;
  tolerance: { abs: number; rel: number };
}

const CASES = join(import.meta.dirname, "../../../../golden/cases/model");
const goldenOf = async (name: string): Promise<Golden> =>
  JSON.parse(await readFile(join(CASES, `${name}.json`), "utf8"));

const host = ({ shape, data }: Listed): HostTensor => ({
  ...{ dtype: "F32", shape, data: Float32Array.from(data) },
});
const filled = (value: number, ...shape: number[]): HostTensor => {
  const size = shape.reduce((all, n) => all * n, 1);
  return { dtype: "F32", shape, data: new Float32Array(size).fill(value) };
};

/** A golden case's weights by other names, and what else the file needs. */
function fileOf(
  { weights }: Golden,
  names: Readonly<Record<string, string>>,
  others: Readonly<Record<string, HostTensor>>,
): Uint8Array {
  const tensors = new Map(Object.entries(others));
  for (const [theirs, name] of Object.entries(names)) tensors.set(name, host(weights[theirs]!));
  return encodeSafetensors(tensors, { format: "pt" });
}

const modelOf = async (json: object, bytes: Uint8Array): Promise<PresetModel> =>
  fromHuggingFace(json, await openCheckpoint(bytes));

/** Rows of padding need not match, where a case has some. */
async function expectGolden(output: Tensor3D, golden: Golden, name = "output"): Promise<void> {
  const { shape, data } = golden.outputs[name]!;
  const { abs, rel } = golden.tolerance;
  const got = await output.data();
  const width = shape.at(-1)!;
  const shown = golden.inputs.valid?.data ?? Array(data.length / width).fill(1);
  expect(output.shape).toEqual(shape);
  let most = 0;
  data.forEach((want, n) => {
    if (!shown[Math.floor(n / width)]) return;
    most = Math.max(most, Math.abs(got[n]! - want) - rel * Math.abs(want));
  });
  expect(most).toBeLessThanOrEqual(abs);
}

const inputOf = ({ inputs }: Golden, name: string): Tensor3D => {
  const { shape, data } = inputs[name]!;
  return tensor(data, shape as [number, number, number]);
};
const visibleOf = ({ inputs }: Golden): Tensor2D => {
  const { shape, data } = inputs.valid!;
  return tensor2d(data, shape as [number, number], "bool");
};

test("a Llama checkpoint with the golden block's weights gives its numbers", async () => {
  const golden = await goldenOf("llama_block");
  const { dModel, heads, kvHeads, headDim, dFF, eps, ropeBase } = golden.config as never;
  const block = "model.layers.0";
  const names = {
    "attention_norm.weight": `${block}.input_layernorm.weight`,
    "q_proj.weight": `${block}.self_attn.q_proj.weight`,
    "k_proj.weight": `${block}.self_attn.k_proj.weight`,
    "v_proj.weight": `${block}.self_attn.v_proj.weight`,
    "out_proj.weight": `${block}.self_attn.o_proj.weight`,
    "ffn_norm.weight": `${block}.post_attention_layernorm.weight`,
    "gate.weight": `${block}.mlp.gate_proj.weight`,
    "up.weight": `${block}.mlp.up_proj.weight`,
    "down.weight": `${block}.mlp.down_proj.weight`,
  };
  const others = {
    ...{
      "model.embed_tokens.weight": filled(1, 3, dModel),
      "lm_head.weight": filled(1, 3, dModel),
    },
    "model.norm.weight": filled(1, dModel),
    [`${block}.self_attn.rotary_emb.inv_freq`]: filled(1, headDim / 2),
  };
  const json = {
    ...{ model_type: "llama", architectures: ["LlamaForCausalLM"], vocab_size: 3 },
    ...{ hidden_size: dModel, intermediate_size: dFF, num_hidden_layers: 1, head_dim: headDim },
    ...{ num_attention_heads: heads, num_key_value_heads: kvHeads, rms_norm_eps: eps },
    rope_theta: ropeBase,
  };
  const model = await modelOf(json, fileOf(golden, names, others));
  const { blocks, positional } = (model as CausalLanguageModel).decoder;
  const output = new Decoder({ blocks, positional }).forward(inputOf(golden, "x"));
  await expectGolden(output, golden);
});

test("a T5 1.1 checkpoint with the golden block's weights gives its numbers", async () => {
  const golden = await goldenOf("t5_encoder_block");
  const { dModel, heads, headDim, dFF, eps, numBuckets, maxDistance } = golden.config as never;
  const block = (side: string, layer: number) => `${side}.block.0.layer.${layer}`;
  const [attention, feedForward] = [block("encoder", 0), block("encoder", 1)];
  const names = {
    "attention_norm.weight": `${attention}.layer_norm.weight`,
    "q_proj.weight": `${attention}.SelfAttention.q.weight`,
    "k_proj.weight": `${attention}.SelfAttention.k.weight`,
    "v_proj.weight": `${attention}.SelfAttention.v.weight`,
    "out_proj.weight": `${attention}.SelfAttention.o.weight`,
    relative_attention_bias: `${attention}.SelfAttention.relative_attention_bias.weight`,
    "ffn_norm.weight": `${feedForward}.layer_norm.weight`,
    "gate.weight": `${feedForward}.DenseReluDense.wi_0.weight`,
    "up.weight": `${feedForward}.DenseReluDense.wi_1.weight`,
    "down.weight": `${feedForward}.DenseReluDense.wo.weight`,
  };
  const inner = heads * headDim;
  const attend = (name: string) => ({
    ...Object.fromEntries(
      ["q", "k", "v"].map((n) => [`${name}.${n}.weight`, filled(0, inner, dModel)]),
    ),
    [`${name}.o.weight`]: filled(0, dModel, inner),
  });
  const self = `${block("decoder", 0)}.SelfAttention`;
  const last = `${block("decoder", 2)}.DenseReluDense`;
  const others = {
    ...{ "shared.weight": filled(1, 3, dModel), "lm_head.weight": filled(1, 3, dModel) },
    "encoder.embed_tokens.weight": filled(1, 3, dModel),
    ...{ "encoder.final_layer_norm.weight": filled(1, dModel) },
    ...{ "decoder.final_layer_norm.weight": filled(1, dModel), ...attend(self) },
    [`${self}.relative_attention_bias.weight`]: filled(0, numBuckets, heads),
    ...attend(`${block("decoder", 1)}.EncDecAttention`),
    ...{ [`${last}.wi_0.weight`]: filled(0, dFF, dModel) },
    ...{
      [`${last}.wi_1.weight`]: filled(0, dFF, dModel),
      [`${last}.wo.weight`]: filled(0, dModel, dFF),
    },
    ...Object.fromEntries(
      [0, 1, 2].map((n) => [`${block("decoder", n)}.layer_norm.weight`, filled(1, dModel)]),
    ),
  };
  const json = {
    ...{ model_type: "t5", architectures: ["T5ForConditionalGeneration"], vocab_size: 3 },
    ...{ d_model: dModel, d_kv: headDim, d_ff: dFF, num_layers: 1, num_heads: heads },
    ...{ relative_attention_num_buckets: numBuckets, layer_norm_epsilon: eps },
    ...{ relative_attention_max_distance: maxDistance, feed_forward_proj: "gated-gelu" },
    tie_word_embeddings: false,
  };
  const model = await modelOf(json, fileOf(golden, names, others));
  const { blocks, positional } = (model as EncoderDecoderModel).encoder;
  const visible = visibleOf(golden);
  const output = new Encoder({ blocks, positional }).forward(inputOf(golden, "x"), { visible });
  await expectGolden(output, golden);
});

test("a BERT checkpoint with the golden layer's weights gives its numbers", async () => {
  const golden = await goldenOf("encoder_layer_post");
  const { dModel, heads, dFF, eps } = golden.config as never;
  const layer = "bert.encoder.layer.0";
  const parts: Record<string, string> = {
    ...{ "self_attn.q_proj": "attention.self.query", "self_attn.k_proj": "attention.self.key" },
    ...{ "self_attn.v_proj": "attention.self.value", norm1: "attention.output.LayerNorm" },
    ...{ "self_attn.out_proj": "attention.output.dense", linear1: "intermediate.dense" },
    ...{ linear2: "output.dense", norm2: "output.LayerNorm" },
  };
  const names = Object.fromEntries(
    Object.entries(parts).flatMap(([theirs, name]) =>
      ["weight", "bias"].map((part) => [`${theirs}.${part}`, `${layer}.${name}.${part}`]),
    ),
  );
  const embeddings = "bert.embeddings";
  const others = {
    [`${embeddings}.word_embeddings.weight`]: filled(1, 3, dModel),
    [`${embeddings}.position_embeddings.weight`]: filled(1, 5, dModel),
    [`${embeddings}.token_type_embeddings.weight`]: filled(1, 2, dModel),
    // The names of the first checkpoints.
    [`${embeddings}.LayerNorm.gamma`]: filled(1, dModel),
    [`${embeddings}.LayerNorm.beta`]: filled(1, dModel),
    ...{ "classifier.weight": filled(1, 2, dModel), "classifier.bias": filled(1, 2) },
  };
  const json = {
    ...{ model_type: "bert", architectures: ["BertForTokenClassification"], vocab_size: 3 },
    ...{ hidden_size: dModel, num_hidden_layers: 1, num_attention_heads: heads },
    ...{ intermediate_size: dFF, hidden_act: "relu", layer_norm_eps: eps },
    ...{ max_position_embeddings: 5, type_vocab_size: 2 },
  };
  const model = await modelOf(json, fileOf(golden, names, others));
  const { blocks } = (model as EncoderModel).encoder;
  const visible = visibleOf(golden);
  const output = new Encoder({ blocks }).forward(inputOf(golden, "x"), { visible });
  await expectGolden(output, golden);
});

test("a GPT-2 checkpoint with the golden model's weights gives its logits", async () => {
  const golden = await goldenOf("gpt_loss_and_grads");
  const { vocabSize, dModel, heads, dFF, contextLength } = golden.config as never;
  const { weights } = golden;
  const names: Record<string, string> = {
    ...{ "token_embedding.weight": "wte.weight", "position_embedding.weight": "wpe.weight" },
    ...{ "norm_final.weight": "ln_f.weight", "norm_final.bias": "ln_f.bias" },
  };
  const others: Record<string, HostTensor> = {
    "h.0.attn.bias": filled(1, 1, 1, contextLength, contextLength),
  };
  for (const [theirs, name] of [
    ...[
      ["norm1", "ln_1"],
      ["norm2", "ln_2"],
    ],
    ...[
      ["attn.out_proj", "attn.c_proj"],
      ["fc1", "mlp.c_fc"],
      ["fc2", "mlp.c_proj"],
    ],
  ] as [string, string][]) {
    const weight = weights[`blocks.0.${theirs}.weight`]!;
    others[`h.0.${name}.weight`] = host(weight.shape.length === 2 ? turned(weight) : weight);
    names[`blocks.0.${theirs}.bias`] = `h.0.${name}.bias`;
  }
  const projections = ["q_proj", "k_proj", "v_proj"].map((name) => `blocks.0.attn.${name}`);
  const three = projections.map((name) => weights[`${name}.weight`]!);
  // Side by side once they are [in, out]: one below the other before they are turned.
  const below = { shape: [3 * dModel, dModel], data: three.flatMap(({ data }) => data) };
  others["h.0.attn.c_attn.weight"] = host(turned(below));
  const biases = projections.flatMap((name) => weights[`${name}.bias`]!.data);
  others["h.0.attn.c_attn.bias"] = host({ shape: [3 * dModel], data: biases });
  const json = {
    ...{ model_type: "gpt2", architectures: ["GPT2LMHeadModel"], vocab_size: vocabSize },
    ...{ n_positions: contextLength, n_embd: dModel, n_layer: 1, n_head: heads, n_inner: dFF },
  };
  const model = (await modelOf(json, fileOf(golden, names, others))) as CausalLanguageModel;
  const { shape, data } = golden.inputs.tokens!;
  const [batch, length] = shape as [number, number];
  const read = data.filter((_, n) => n % length < length - 1);
  const ids = tensor2d(read, [batch, length - 1], "int32");
  await expectGolden(model.forward(ids), golden, "logits");
});

/** [out, in] as [in, out]. */
function turned({ shape, data }: Listed): Listed {
  const [rows, columns] = shape as [number, number];
  const at = (n: number) => data[(n % rows) * columns + Math.floor(n / rows)]!;
  return { shape: [columns, rows], data: data.map((_, n) => at(n)) };
}
