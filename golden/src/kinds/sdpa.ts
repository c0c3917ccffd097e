import { logicalNot, mul, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { attention, attentionWeights, type Mask } from "@tx/ops";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { allowed, causalMask, inputMask, joined } from "./masks";
import { axis, hinted, inputsAre, weightsAre } from "./shape-of-case";

/** Scaled dot-product attention on given heads: causal, masked, scaled, grouped. */
export const sdpa: Kind = {
  name: "sdpa",

  matches: (golden) =>
    inputsAre(golden, ["q", "k", "v"], ["mask", "cotangent"]) &&
    weightsAre(golden, []) &&
    hinted(golden, /sdpa|dot_product/i, /Attention Is All You Need, 3\.2\.1/),

  map(reader) {
    const { golden } = reader;
    const [q, k, v] = [reader.input("q"), reader.input("k"), reader.input("v")];
    const given = reader.optionalInput("mask");
    const scale = reader.has("config", "scale") ? reader.number("scale") : undefined;
    const heads = axis(q, 1);
    reader.sizes({ heads, kvHeads: axis(k, 1), headDim: axis(q, 3) });
    reader.phrase("fullyMaskedRow", /^zero$/);
    reader.phrase("alternative", /^output_uniform: mean of v in such rows$/);
    const sizes = { batch: axis(q, 0), queries: axis(q, 2), keys: axis(k, 2) };
    const masks = [causalMask(reader), given && inputMask(given, sizes)];
    const cotangent = reader.optionalInput("cotangent");
    const uniform = reader.has("outputs", "output_uniform");

    return () =>
      evaluate(golden, {
        inputs: { q, k, v },
        cotangent,
        forward: (inputs) => {
          const [query, key, value] = [inputs.q, inputs.k, inputs.v] as Tensor4D[];
          const options = { mask: joined(masks), scale };
          return {
            output: attention(query!, key!, value!, options),
            attention_weights: attentionWeights(query!, key!, options),
            mask: allowed(joined([masks[0]]), { ...sizes, batch: 1 }),
            ...(uniform && {
              output_uniform: attention(query!, key!, value!, {
                bias: finiteFill(options.mask, sizes),
                scale,
              }),
            }),
          };
        },
      });
  },
};

interface Sizes {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
}

/** The other policy for rows that see nothing, which the case lists too: -1e9 added, no mask. */
function finiteFill(mask: Mask | undefined, sizes: Sizes): Tensor {
  return mul(logicalNot(allowed(mask, sizes)), -1e9);
}
