import { add, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { matMulReference } from "../mat-mul/reference";

/** x · kernel + bias for x [rows, inputs], in stock operations. */
export function linearReference(x: Tensor2D, kernel: Tensor, bias?: Tensor): Tensor2D {
  const y = matMulReference(x, kernel) as Tensor2D;
  return bias ? add(y, bias) : y;
}
