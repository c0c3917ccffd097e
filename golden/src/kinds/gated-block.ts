import type { Tensor3D } from "@tensorflow/tfjs-core";
import { scaledDotProduct } from "@tx/attention";
import { Module, type Positional, Rng } from "@tx/core";
import { type Block, standardBlock } from "@tx/model";
import type { CaseReader } from "../case-reader";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { commonBias, linearWeights, normWeights } from "../weights";
import { activationNames } from "./feed-forward";
import { causalMask, joined, keyMask } from "./masks";
import { positionalWeights, readPositional } from "./positional-of-case";
import { axis, inputsAre, weightsAre } from "./shape-of-case";
import { visibleOf } from "./torch-layer";

const projections = { query: "q_proj", key: "k_proj", value: "v_proj", output: "out_proj" };
const gates = ["gate", "up", "down"] as const;
const gateNames = { sigmoid: "sigmoid", ...activationNames } as const;
const linears = [...Object.values(projections), ...gates];

/** A pre-norm block of RMSNorm, attention and a gated feed-forward: Llama's, T5's. */
export const gatedBlock: Kind = {
  name: "gated-block",

  matches: (golden) =>
    inputsAre(golden, ["x"], ["valid", "cotangent"]) &&
    weightsAre(
      golden,
      ["attention_norm.weight", "ffn_norm.weight", ...linears.map((name) => `${name}.weight`)],
      [...linears.map((name) => `${name}.bias`), ...positionalWeights],
    ),

  map(reader) {
    const x = reader.input("x");
    const valid = reader.optionalInput("valid");
    const sizes = sizesOf(reader);
    const positions = readPositional(reader, sizes);
    const weights = [
      ...normWeights(reader, "block.attentionResidual.norm.", "attention_norm."),
      ...Object.entries(projections).flatMap(([part, name]) =>
        linearWeights(reader, `block.attention.${part}`, name),
      ),
      ...normWeights(reader, "block.feedForwardResidual.norm.", "ffn_norm."),
      ...gates.flatMap((name) => linearWeights(reader, `block.feedForward.${name}`, name)),
      ...(positions?.weights ?? []),
    ];
    const options = {
      ...sizes,
      norm: "rms",
      eps: reader.number("eps", 1e-6),
      residual: "preNorm",
      gated: true,
      activation: reader.choice("gate", gateNames, "silu"),
      bias: commonBias(reader, linears),
      score: reader.has("config", "scale")
        ? scaledDotProduct({ scale: reader.number("scale") })
        : scaledDotProduct(),
    } as const;
    const masks = [causalMask(reader), valid && keyMask(valid)];
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const module = new PlacedBlock(
        standardBlock({ ...options, rng: new Rng(1) }),
        positions?.create(),
      );
      const { block, positional } = module;
      return evaluate(reader.golden, {
        module,
        weights,
        inputs: { x },
        cotangent,
        forward: (tensors) => ({
          output: block.forward(tensors.x as Tensor3D, {
            ...{ mask: joined(masks), visible: visibleOf(valid), positional },
          }),
        }),
      });
    };
  },
};

/** A block and its positions. */
class PlacedBlock extends Module {
  constructor(
    readonly block: Block,
    readonly positional: Positional | undefined,
  ) {
    super();
  }
}

/** Heads from the configuration, widths from the weights; what is said twice has to agree. */
function sizesOf(reader: CaseReader) {
  const [query, key] = [reader.weight("q_proj.weight"), reader.weight("k_proj.weight")];
  const [dFF, dModel] = reader.weight("gate.weight").shape as [number, number];
  const heads = reader.number("heads");
  const headDim = axis(query, 0) / heads;
  const kvHeads = axis(key, 0) / headDim;
  reader.sizes({ dModel, dFF, headDim });
  if (reader.number("kvHeads", kvHeads) !== kvHeads) {
    throw new NotMapped(`config.kvHeads: expected ${kvHeads} as in the weights`);
  }
  return { dModel, dFF, heads, headDim, kvHeads };
}
