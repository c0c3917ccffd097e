import {
  add,
  leakyRelu,
  randomUniform,
  reshape,
  slice,
  type Tensor,
  type Tensor4D,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { type Initializer, Module, parameter, type Rng } from "@tx/core";
import { matMul } from "@tx/ops";

interface PairMlpOptions {
  hidden: number;
  outputs: number;
  /** Slope of the activation below zero: 0 is a ReLU, more a LeakyReLU. */
  slope: number;
  rng: Rng;
}

/**
 * A network of one hidden layer that is applied to each pair of tokens by itself, from numbers of the
 * pair that lie along the heads' axis. That axis stays where it is, so nothing is transposed.
 */
export class PairMlp extends Module {
  /** [inputs, hidden] */
  readonly kernel: Variable;
  /** [hidden] */
  readonly bias: Variable;
  /** [hidden, outputs] */
  readonly outputKernel: Variable;
  /** [outputs] */
  readonly outputBias: Variable;
  readonly #slope: number;

  constructor(inputs: number, { hidden, outputs, slope, rng }: PairMlpOptions) {
    super();
    this.#slope = slope;
    // As linear layers begin in the authors' code. Biases of zero would put every kink at zero,
    // where units of a ReLU whose input is never negative are dead from the start.
    const uniform = (fanIn: number): Initializer => {
      const limit = 1 / Math.sqrt(fanIn);
      return (shape) => randomUniform(shape, -limit, limit, "float32", rng.nextSeed());
    };
    this.kernel = parameter([inputs, hidden], uniform(inputs));
    this.bias = parameter([hidden], uniform(inputs));
    this.outputKernel = parameter([hidden, outputs], uniform(hidden));
    this.outputBias = parameter([outputs], uniform(hidden));
  }

  /**
   * @param parts The inputs of each pair, one part after another: [batch or 1, some, queries, keys].
   * @returns [batch or 1, outputs, queries, keys]
   */
  forward(...parts: Tensor4D[]): Tensor4D {
    return tidy(() => {
      const [, , queries, keys] = parts[0]!.shape;
      let row = 0;
      const sums = parts.map((part) => {
        const [batch, inputs] = part.shape;
        const rows = slice(this.kernel, [row, 0], [inputs, -1]);
        row += inputs;
        return times(rows, reshape(part, [batch, inputs, queries * keys]));
      });
      const hidden = leakyRelu(plus(sums.reduce(add), this.bias), this.#slope);
      const outputs = plus(times(this.outputKernel, hidden), this.outputBias);
      return reshape(outputs, [-1, outputs.shape[1]!, queries, keys]) as Tensor4D;
    });
  }
}

/** [inputs, outputs] and [batch, inputs, pairs] to [batch, outputs, pairs]. */
function times(kernel: Tensor, x: Tensor): Tensor {
  return matMul(kernel, x, { transposeA: true });
}

function plus(x: Tensor, bias: Tensor): Tensor {
  return add(x, reshape(bias, [bias.size, 1]));
}
