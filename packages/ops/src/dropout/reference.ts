import { mul, type Tensor, tensor, util } from "@tensorflow/tfjs-core";
import { dropoutScales } from "./random-bits";

/** x with a share of its elements zeroed, the rest scaled up, in stock operations. */
export function dropoutReference(x: Tensor, rate: number, seed: number): Tensor {
  return mul(x, tensor(dropoutScales(util.sizeFromShape(x.shape), rate, seed), x.shape));
}
