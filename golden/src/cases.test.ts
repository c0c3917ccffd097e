import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bringUp } from "@tx/testing";
import { beforeAll, expect, test } from "vitest";
import { findCases } from "./find-cases";
import { type GoldenCase, parseCase } from "./golden-case";
import { kinds } from "./kinds";
import { runAll } from "./run-all";
import { runCase } from "./run-case";

const directory = fileURLToPath(new URL("../cases", import.meta.url));

/** Cases that pass now and are never to be lost again. */
const required = [
  "attention/additive_bahdanau",
  "attention/alibi_attention",
  "attention/cosine_qk_norm",
  "attention/grouped_query",
  "attention/mha_causal_padding",
  "attention/mha_cross_kdim_vdim",
  "attention/mha_kv_cache_steps",
  "attention/mha_self",
  "attention/rope_attention",
  "attention/sdpa_causal_offset",
  "attention/sdpa_cross_lengths",
  "attention/sdpa_fully_masked_row",
  "attention/sdpa_large_logits",
  "attention/shaw_relative",
  "attention/sliding_window",
  "attention/t5_attention",
  "attention/transformer_xl",
  "ffn/ffn_gelu",
  "ffn/ffn_relu",
  "ffn/geglu",
  "ffn/gelu_erf",
  "ffn/gelu_tanh",
  "ffn/glu",
  "ffn/reglu",
  "ffn/silu",
  "ffn/swiglu",
  "model/beam_search_gnmt",
  "model/cross_entropy_ignore",
  "model/cross_entropy_large_logits",
  "model/cross_entropy_smoothing",
  "model/decode_gpt_greedy",
  "model/decoder_layer_post",
  "model/decoder_layer_pre",
  "model/encoder_layer_post",
  "model/encoder_layer_pre",
  "model/gpt_loss_and_grads",
  "model/llama_block",
  "model/sampling_filters",
  "model/t5_encoder_block",
  "model/trajectory_bert",
  "model/trajectory_encoder_decoder",
  "model/trajectory_gpt",
  "model/transformer_full",
  "model/transformer_xl_segments",
  "norm/batch_norm",
  "norm/deepnorm_coefficients",
  "norm/deepnorm_residual",
  "norm/layer_norm",
  "norm/layer_norm_large_mean",
  "norm/layer_norm_small_variance",
  "norm/rms_norm",
  "norm/rms_norm_edges",
  "norm/scale_norm",
  "positional/alibi",
  "positional/axial_concat",
  "positional/axial_sum",
  "positional/learned_absolute",
  "positional/rope_half",
  "positional/rope_interleaved",
  "positional/rope_linear",
  "positional/rope_ntk",
  "positional/rope_ntk_dynamic",
  "positional/rope_partial_positions",
  "positional/rope_yarn_dimension_ramp",
  "positional/rope_yarn_rotation_ramp",
  "positional/sinusoidal_concat",
  "positional/sinusoidal_interleaved",
  "positional/t5_bias_bidirectional",
  "positional/t5_bias_causal",
  "schedule/adam_steps",
  "schedule/adamw_steps",
  "schedule/clip_global_norm",
  "schedule/cosine",
  "schedule/inverse_sqrt",
  "schedule/linear_decay",
  "schedule/noam",
  "schedule/wsd",
];

beforeAll(() => bringUp("cpu"));

test("no case fails, and those that passed still do", async () => {
  const outcomes = await runAll({ directory, kinds });
  expect(outcomes.filter(({ status }) => status === "failed")).toEqual([]);
  const passed = outcomes.filter(({ status }) => status === "passed").map(({ path }) => path);
  expect(passed).toEqual(expect.arrayContaining(required.map((name) => `${name}.json`)));
});

test("no case is of two kinds", () => {
  for (const golden of everyCase()) {
    expect(kinds.filter((kind) => kind.matches(golden)).length, golden.name).toBeLessThan(2);
  }
});

test("no flag is ignored: changed or added, the case passes no more", async () => {
  const indifferent: string[] = [];
  for (const golden of everyCase().filter(({ name }) => required.includes(name))) {
    const changed = Object.entries(golden.config).map(([key, value]) => [key, otherThan(value)]);
    for (const [key, value] of [...changed, ["unheardOf", 1]] as [string, unknown][]) {
      const config = { ...golden.config, [key]: value };
      const { status } = await runCase({ ...golden, config }, kinds);
      if (status === "passed") indifferent.push(`${golden.name} ${key}`);
    }
  }
  expect(indifferent).toEqual([
    // Every vector of it is longer than the other epsilon too.
    "attention/cosine_qk_norm epsilon",
    // A remark about the data.
    "ffn/gelu_erf lastRow",
    "ffn/gelu_tanh lastRow",
    "ffn/silu lastRow",
    // In any order each has its outputs.
    "model/beam_search_gnmt alphas",
    // Changed that way, -1 is -1 again.
    "model/beam_search_gnmt padding",
    // No target of it is ignored.
    "model/cross_entropy_large_logits ignoreIndex",
    // Where its weights come from.
    "model/decode_gpt_greedy weightsFrom",
    // Its five distances fall into the same buckets with twice as many to the last.
    "model/t5_encoder_block maxDistance",
    // Hidden tokens are in its ids already.
    "model/trajectory_bert mask",
    // Remarks about the paper and about the data.
    "norm/deepnorm_coefficients note",
    "norm/rms_norm_edges rows",
    // Every row of it is longer than the other eps too.
    "norm/scale_norm eps",
    // Both are the same, and are so backwards too.
    "positional/axial_sum axialDims",
    // Twice as many: the ends of the ramp round to the same pairs.
    "positional/rope_yarn_dimension_ramp originalMaxPositions",
    // Remarks about the data.
    "positional/t5_bias_bidirectional float32LogDiffersAt",
    "positional/t5_bias_causal float32LogDiffersAt",
  ]);
});

test("no input or weight is ignored: without it, or with one more, the case passes no more", async () => {
  const indifferent: string[] = [];
  for (const golden of everyCase().filter(({ name }) => required.includes(name))) {
    for (const part of ["inputs", "weights"] as const) {
      // The first few of the many weights of a model stand for all.
      for (const name of Object.keys(golden[part]).slice(0, 8)) {
        const { [name]: _, ...rest } = golden[part];
        const { status } = await runCase({ ...golden, [part]: rest }, kinds);
        if (status === "passed") indifferent.push(`${golden.name} ${name}`);
      }
      const more = { ...golden[part], unheard_of: { shape: [1], data: [1] } };
      const { status } = await runCase({ ...golden, [part]: more }, kinds);
      if (status !== "not mapped") indifferent.push(`${golden.name} one more of ${part}`);
    }
  }
  expect(indifferent).toEqual([
    // The score of its one masked key is too low to count beside scores of 1e4.
    "attention/sdpa_large_logits mask",
    // The cotangent of a loss is 1.
    "model/cross_entropy_ignore cotangent",
    "model/cross_entropy_large_logits cotangent",
    "model/cross_entropy_smoothing cotangent",
  ]);
});

function everyCase(): GoldenCase[] {
  return findCases(directory).map((path) =>
    parseCase(path, readFileSync(`${directory}/${path}`, "utf8")),
  );
}

function otherThan(value: unknown): unknown {
  if (typeof value === "number") return 2 * value + (Number.isInteger(value) ? 1 : 0.5);
  if (typeof value === "boolean") return !value;
  return Array.isArray(value) ? [...value].reverse() : "unheard of";
}
