import { add, mul, type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import { Module, parameter, zeros } from "@tx/core";
import { matMul } from "@tx/ops";

export interface TiedHeadOptions {
  /** Multiplies x before. Default 1; T5 takes dModel^−0.5. */
  scale?: number | undefined;
  /** Whether each token has a bias, zero at first. Default false. */
  bias?: boolean | undefined;
}

/**
 * Logits from the table that tokens are embedded with: a token is likely where x is like its vector.
 *
 * @see Press and Wolf 2017, Using the Output Embedding to Improve Language Models, §3,
 *   https://arxiv.org/abs/1608.05859
 */
export class TiedHead extends Module {
  /** [vocab] */
  readonly bias: Variable | undefined;
  readonly scale: number;

  /**
   * @param table [vocab, dModel]; stays the embedding's, which comes first in a model and so gives it
   *   its path.
   * @throws RangeError if scale is not a positive number.
   */
  constructor(
    readonly table: Variable,
    { scale = 1, bias = false }: TiedHeadOptions = {},
  ) {
    super();
    if (!(scale > 0 && scale < Infinity)) {
      throw new RangeError(`scale: expected a positive number, got ${scale}`);
    }
    this.scale = scale;
    this.bias = bias ? parameter([table.shape[0]!], zeros) : undefined;
  }

  /**
   * @param x [..., dModel]
   * @returns Logits, [..., vocab].
   */
  forward<T extends Tensor>(x: T): T {
    return tidy(() => {
      const scaled: T = this.scale === 1 ? x : mul(x, this.scale);
      const logits: T = matMul(scaled, this.table as Tensor, { transposeB: true });
      return this.bias ? add(logits, this.bias) : logits;
    });
  }
}
