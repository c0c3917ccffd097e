import { concat, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention, scaledDotProduct } from "@tx/attention";
import { Module, type Positional, Rng } from "@tx/core";
import type { CaseReader } from "../case-reader";
import { evaluate } from "../evaluate";
import type { CaseTensor } from "../golden-case";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { floats } from "../tensors";
import { commonBias, linearWeights } from "../weights";
import { decodeInSteps } from "./decode-in-steps";
import { causalMask, joined, keyMask } from "./masks";
import { hasPositional, positionalWeights, readPositional } from "./positional-of-case";
import { axis, hinted, inputsAre, weightsAre } from "./shape-of-case";

/** Torch's projections, in the order of our parts query, key, value and output. */
const projections = ["q_proj", "k_proj", "v_proj", "out_proj"] as const;
const parts = ["query", "key", "value", "output"] as const;

const kernels = projections.map((name) => `${name}.weight`);
const biases = projections.map((name) => `${name}.bias`);

/**
 * torch.nn.MultiheadAttention: self or cross, causal, padded, other widths of keys and values; the
 * same with fewer key heads (grouped queries), with positions (RoPE, ALiBi, T5, Transformer-XL with
 * memory), and step by step with a cache.
 */
export const multiHeadAttention: Kind = {
  name: "multi-head-attention",

  matches: (golden) =>
    (inputsAre(golden, ["x"], ["valid", "memory", "cotangent"]) ||
      inputsAre(golden, ["query", "key"], ["value", "key_padding_mask", "cotangent"])) &&
    weightsAre(golden, kernels, [...biases, ...positionalWeights]) &&
    (hasPositional(golden) ||
      hinted(golden, /mha|multi_?head|grouped|multi_?query/i, /MultiheadAttention|GQA/)),

  map(reader) {
    const { inputs, kept, memory } = sources(reader);
    const weights = parts.flatMap((part, i) =>
      linearWeights(reader, `attention.${part}`, projections[i]!),
    );
    const sizes = sizesOf(reader);
    const bias = commonBias(reader, projections);
    const masks = [causalMask(reader), kept && keyMask(kept)];
    const positions = readPositional(reader, sizes);
    const score = reader.has("config", "scale")
      ? scaledDotProduct({ scale: reader.number("scale") })
      : scaledDotProduct();
    const prefill = reader.has("config", "prefill") ? prefillOf(reader, inputs.x) : undefined;
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const attention = new MultiHeadAttention({ ...sizes, bias, score, rng: new Rng(1) });
      const module = new Attention(attention, positions?.create());
      const { positional } = module;
      const whole = ({ x, query = x, key, value }: Readonly<Record<string, Tensor>>) => {
        const before = memory && concat([floats<Tensor>(memory), x!], 1);
        return attention.forward(query as Tensor3D, {
          key: (key ?? before) as Tensor3D | undefined,
          value: value as Tensor3D | undefined,
          mask: joined(masks),
          positional,
          returnWeights: true,
        });
      };
      const ofStrategy = (queries: number, keys: number) => positions?.outputs(queries, keys) ?? {};
      return evaluate(reader.golden, {
        module,
        weights: [...weights, ...(positions?.weights ?? [])],
        inputs,
        cotangent,
        forward: (tensors) => {
          if (prefill !== undefined) {
            const call = { mask: joined(masks), positional };
            return decodeInSteps(attention, tensors.x as Tensor3D, prefill, call);
          }
          const { output, weights } = whole(tensors);
          const [, , queries, keys] = weights.shape;
          return { output, attention_weights: weights, ...ofStrategy(queries, keys) };
        },
        differentiable: (tensors) => whole(tensors).output,
      });
    };
  },
};

/** A layer and its positions. */
class Attention extends Module {
  constructor(
    readonly attention: MultiHeadAttention,
    readonly positional: Positional | undefined,
  ) {
    super();
  }
}

/** What attends to what, which keys are no padding, and states of earlier segments. */
function sources(reader: CaseReader): {
  inputs: Record<string, CaseTensor>;
  kept: CaseTensor | undefined;
  memory: CaseTensor | undefined;
} {
  if (reader.has("inputs", "x")) {
    const memory = reader.optionalInput("memory");
    reader.sizes({ memoryLength: memory && axis(memory, 1) });
    // Memory comes from outside of what is differentiated.
    if (reader.flag("stopGradientOfMemory", true) !== true) {
      throw new NotMapped("config.stopGradientOfMemory: expected true, got false");
    }
    const inputs = { x: reader.input("x") };
    return { inputs, kept: reader.optionalInput("valid"), memory };
  }
  const value = reader.optionalInput("value");
  return {
    inputs: { query: reader.input("query"), key: reader.input("key"), ...(value && { value }) },
    kept: reader.optionalInput("key_padding_mask"),
    memory: undefined,
  };
}

/** How many tokens the cache takes in at first. */
function prefillOf(reader: CaseReader, x: CaseTensor | undefined): number {
  const prefill = reader.number("prefill");
  const tokens = x ? axis(x, 1) : 0;
  if (!(Number.isInteger(prefill) && prefill >= 1 && prefill <= tokens)) {
    throw new NotMapped(`config.prefill: expected 1 to ${tokens} tokens, got ${prefill}`);
  }
  return prefill;
}

/** Heads from the configuration, widths from the weights; what is said twice has to agree. */
function sizesOf(reader: CaseReader) {
  const [query, key, value, output] = kernels.map((name) => reader.weight(name)) as [
    CaseTensor,
    CaseTensor,
    CaseTensor,
    CaseTensor,
  ];
  const heads = reader.number("heads");
  const kvHeads = reader.number("kvHeads", heads);
  const dModel = axis(output, 0);
  const headDim = axis(query, 0) / heads;
  const [keyDim, valueDim] = [axis(key, 1), axis(value, 1)];
  reader.sizes({ embedDim: dModel, dModel, headDim });
  reader.sizes({ kdim: keyDim, vdim: valueDim, keyDim, valueDim });
  if (axis(query, 1) !== dModel) {
    throw new NotMapped(`weights.q_proj.weight: expected width ${dModel}, as the output's`);
  }
  const valueHeadDim = axis(value, 0) / kvHeads;
  return { dModel, heads, kvHeads, headDim, valueHeadDim, keyDim, valueDim };
}
