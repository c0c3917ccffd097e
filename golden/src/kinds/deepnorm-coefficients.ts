import { type DeepNormCoefficients, deepNormCoefficients } from "@tx/norm";
import type { Kind } from "../kind";
import { inputsAre, weightsAre } from "./shape-of-case";

/** The kinds of model and the sides of theirs that cases name. */
export const coefficientsOf: Readonly<
  Record<string, (encoder: number, decoder: number) => DeepNormCoefficients>
> = {
  encoder_only: (encoder) => deepNormCoefficients({ encoder }).encoder,
  decoder_only: (_, decoder) => deepNormCoefficients({ decoder }).decoder,
  encoder_decoder_encoder: (encoder, decoder) => deepNormCoefficients({ encoder, decoder }).encoder,
  encoder_decoder_decoder: (encoder, decoder) => deepNormCoefficients({ encoder, decoder }).decoder,
};

/** [alpha, beta] for pairs of encoder and decoder layers. */
export const deepnormCoefficients: Kind = {
  name: "deepnorm-coefficients",

  matches: (golden) =>
    golden.package === "norm" &&
    inputsAre(golden, []) &&
    weightsAre(golden, []) &&
    Object.keys(golden.outputs).every((name) => Object.hasOwn(coefficientsOf, name)),

  map(reader) {
    const layers = reader.pairs("layers");
    // That the authors' code has 1/1.15 where the paper prints 0.87.
    reader.remarks("note");
    return async () => ({
      outputs: Object.fromEntries(
        Object.entries(coefficientsOf).map(([name, coefficients]) => [
          name,
          layers.flatMap((pair) => {
            const { alpha, beta } = coefficients(...pair);
            return [alpha, beta];
          }),
        ]),
      ),
    });
  },
};
