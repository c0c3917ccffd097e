import {
  add,
  mul,
  type Scalar,
  slice,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import { type Initializer, Module, type Rng } from "@tx/core";
import { type ActivationName, FeedForward, MixtureOfExperts, type RouterLosses } from "@tx/ffn";
import type { CausalLanguageModel, FeedForwardPart, StandardBlockOptions } from "@tx/model";
import { softmaxCrossEntropy } from "@tx/training";
import { type Text, text } from "../experiment/experiment";
import { UnsharedFeedForward } from "./unshared-feed-forward";

interface FeedForwardSizes {
  readonly dModel: number;
  readonly dFF: number;
  /** Tokens of a text. */
  readonly seq: number;
  readonly init: Initializer;
  readonly rng: Rng;
}

/** A sort of feed-forward, as a block is told of it. */
interface FeedForwardWay {
  readonly name: string;
  readonly label: Text;
  parts(
    sizes: FeedForwardSizes,
  ): Pick<StandardBlockOptions, "activation" | "gated" | "feedForward">;
}

const plain = (activation: ActivationName, label: string): FeedForwardWay => ({
  ...{ name: activation, label: text(label, label) },
  parts: () => ({ activation }),
});

const gated = (name: string, activation: "sigmoid" | ActivationName, label: string) => ({
  ...{ name, label: text(label, label) },
  parts: () => ({ activation, gated: true }),
});

const experts = (topK: number): FeedForwardWay => ({
  name: `experts-${topK}`,
  label: text(`4 experts, ${topK} a token`, `4 个专家，每词元 ${topK} 个`),
  parts: ({ dModel, dFF, init, rng }) => ({
    feedForward: () =>
      new MixtureOfExperts({
        ...{ dModel, experts: 4, topK, capacityFactor: 2, routerInit: init, rng },
        expert: () => new FeedForward({ dModel, dFF, init, rng }),
      }),
  }),
});

/** In the place of a feed-forward: nothing is added to the stream. */
class NoFeedForward extends Module implements FeedForwardPart {
  forward(x: Tensor3D): Tensor3D {
    return mul(x, 0);
  }
}

export const feedForwardWays: readonly FeedForwardWay[] = [
  {
    ...{ name: "none", label: text("none", "没有前馈层") },
    parts: () => ({ feedForward: () => new NoFeedForward() }),
  },
  {
    ...{ name: "linear", label: text("linear", "无激活（线性）") },
    parts: () => ({ activation: (x) => x }),
  },
  plain("relu", "ReLU"),
  plain("gelu", "GELU"),
  plain("silu", "SiLU"),
  plain("squared-relu", "ReLU²"),
  plain("mish", "Mish"),
  gated("glu", "sigmoid", "GLU"),
  gated("reglu", "relu", "ReGLU"),
  gated("geglu", "gelu", "GEGLU"),
  gated("swiglu", "silu", "SwiGLU"),
  experts(1),
  experts(2),
  {
    ...{ name: "unshared", label: text("ReLU, own weights a place", "ReLU，每个位置各有权重") },
    parts: (sizes) => ({ feedForward: () => new UnsharedFeedForward(sizes) }),
  },
];

/** The loss of each next token, and a little for experts that are not used alike. */
export function lossWithExperts(model: CausalLanguageModel, tokens: Tensor2D): Scalar {
  return tidy(() => {
    const [batch, length] = tokens.shape;
    const losses: RouterLosses[] = [];
    // Not causalLoss, whose tidy would free what is noted down.
    const inputs = slice(tokens, [0, 0], [batch, length - 1]);
    const targets = slice(tokens, [0, 1], [batch, length - 1]);
    const logits = model.forward(inputs, undefined, undefined, { losses });
    const loss = softmaxCrossEntropy<Scalar>(logits, targets);
    return losses.reduce((sum, { balanceLoss }) => add(sum, mul(balanceLoss, 0.01)), loss);
  });
}
