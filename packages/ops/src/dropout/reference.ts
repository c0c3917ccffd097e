import { mul, type Tensor, tensor, util } from "@tensorflow/tfjs-core";
import { dropoutScales } from "./random-bits";

export interface DropoutOptions {
  /** Share of the elements to zero, in [0, 1). */
  rate: number;
  /** A whole number. The same seed drops the same elements, on every backend. */
  seed: number;
}

/** x with a share of its elements zeroed, the rest scaled up, in stock operations. */
export function dropoutReference({ x }: { x: Tensor }, { rate, seed }: DropoutOptions): Tensor {
  return mul(x, tensor(dropoutScales(util.sizeFromShape(x.shape), rate, seed), x.shape));
}
