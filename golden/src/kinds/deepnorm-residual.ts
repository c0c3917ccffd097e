import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { Module, Rng } from "@tx/core";
import { FeedForward, type FeedForwardOptions } from "@tx/ffn";
import { deepNorm, LayerNorm } from "@tx/norm";
import type { CaseReader } from "../case-reader";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { commonBias, linearWeights, normWeights } from "../weights";
import { coefficientsOf } from "./deepnorm-coefficients";
import { activationNames } from "./feed-forward";
import { inputsAre, weightsAre } from "./shape-of-case";

/** A feed-forward sub-layer with DeepNorm's residual connection. */
export const deepnormResidual: Kind = {
  name: "deepnorm-residual",

  matches: (golden) =>
    golden.package === "norm" &&
    inputsAre(golden, ["x"], ["cotangent"]) &&
    weightsAre(
      golden,
      ["fc1.weight", "fc2.weight", "norm.weight"],
      ["fc1.bias", "fc2.bias", "norm.bias"],
    ),

  map(reader) {
    const x = reader.input("x");
    const [dFF, dModel] = reader.weight("fc1.weight").shape as [number, number];
    reader.sizes({ dModel, dFF });
    const norm = normWeights(reader, "norm.", "norm.");
    const weights = [
      ...linearWeights(reader, "feedForward.expand", "fc1"),
      ...linearWeights(reader, "feedForward.contract", "fc2"),
      ...norm,
    ];
    const bias = commonBias(reader, ["fc1", "fc2"]);
    const activation = reader.choice("activation", activationNames, "relu");
    const alpha = readAlpha(reader);
    const eps = reader.number("eps", 1e-5);
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const sublayer = new Sublayer(
        { dModel, dFF, activation, bias, rng: new Rng(1) },
        new LayerNorm(dModel, { eps, bias: norm.length === 2 }),
        alpha,
      );
      return evaluate(reader.golden, {
        module: sublayer,
        weights,
        inputs: { x },
        cotangent,
        forward: (inputs) => ({ output: sublayer.forward(inputs.x!) }),
      });
    };
  },
};

class Sublayer extends Module {
  readonly feedForward: FeedForward;

  constructor(
    options: FeedForwardOptions,
    readonly norm: LayerNorm,
    private readonly alpha: number,
  ) {
    super();
    this.feedForward = new FeedForward(options);
  }

  forward(x: Tensor): Tensor {
    const { gain, bias, eps } = this.norm;
    return deepNorm(x, this.feedForward.forward(x), {
      ...{ alpha: this.alpha, eps },
      gain: gain as Tensor as Tensor1D,
      bias: bias as Tensor | undefined as Tensor1D | undefined,
    });
  }
}

/** The case's alpha, which is to be that of its layers if it names them. */
function readAlpha(reader: CaseReader): number {
  if (!reader.has("config", "layers")) return reader.number("alpha");
  const coefficients = reader.choice("architecture", coefficientsOf);
  const [encoder, decoder = encoder!] = reader.numbers("layers");
  const { alpha } = coefficients(encoder!, decoder);
  const given = reader.number("alpha", alpha);
  if (Math.abs(given - alpha) > 1e-6 * alpha) {
    throw new NotMapped(`config.alpha: expected ${alpha} for these layers, got ${given}`);
  }
  return given;
}
