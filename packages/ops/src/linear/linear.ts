import {
  customGrad,
  type GradSaveFunc,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { matMulReference } from "../mat-mul/reference";
import { runKernelOr } from "../run-kernel";
import { checkShapes } from "../shapes";
import { sumRows } from "../sum-rows";
import { linearReference } from "./reference";

/**
 * x · kernel + bias over the last axis.
 *
 * Goes through rank 2, the only product with a gradient and a fast path on every tfjs 4.22.0
 * backend (a [b, s, i] · [i, o] matMul has no gradient there, tfjs #8721).
 *
 * Kernel contract: `TxLinear` {x [rows, inputs], kernel, bias?} {} → [rows, outputs];
 * `TxLinearGrad` {x, kernel, dy} {hasBias} → [dx, dKernel, dBias?].
 *
 * @param x [..., inputs]
 * @param kernel [inputs, outputs]
 * @param bias [outputs]
 * @returns [..., outputs]
 * @throws ShapeError if the sizes do not fit.
 */
export function linear<T extends Tensor>(x: T, kernel: Tensor2D, bias?: Tensor1D): T {
  checkShapes(["kernel", kernel, "inputs outputs"], ["x", x, "... inputs"]);
  if (bias) checkShapes(["kernel", kernel, "inputs outputs"], ["bias", bias, "outputs"]);
  const hasBias = bias !== undefined;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    const [x, kernel, bias] = args as [Tensor, Tensor2D, Tensor1D?];
    save([x, kernel]);
    return {
      value: reshape(forward(rowsOf(x), kernel, bias), [...x.shape.slice(0, -1), kernel.shape[1]]),
      gradFunc: (dy: Tensor, [x, kernel]: Tensor[]) =>
        tidy(() => {
          const [dx, ...rest] = backward(rowsOf(dy), rowsOf(x!), kernel!, hasBias);
          return [reshape(dx!, x!.shape), ...rest];
        }),
    };
  })(x, kernel, ...(bias ? [bias] : [])) as T;
}

function forward(x: Tensor2D, kernel: Tensor, bias?: Tensor): Tensor {
  return runKernelOr("TxLinear", { x, kernel, bias }, {}, () => linearReference(x, kernel, bias));
}

function backward(dy: Tensor, x: Tensor, kernel: Tensor, hasBias: boolean): Tensor[] {
  return runKernelOr("TxLinearGrad", { x, kernel, dy }, { hasBias }, () => [
    matMulReference(dy, kernel, { transposeB: true }),
    matMulReference(x, dy, { transposeA: true }),
    ...(hasBias ? [sumRows(dy)] : []),
  ]);
}

function rowsOf(x: Tensor): Tensor2D {
  return reshape(x, [-1, x.shape[x.rank - 1]!]);
}
