import type { Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import { type LinearEpilogue, linear } from "@tx/ops";
import { checkCount } from "./check-count";
import { zeros } from "./initializers";
import { Module } from "./module";
import { type Initializer, parameter } from "./parameter";

export interface LinearOptions {
  /** First values of the kernel. */
  init: Initializer;
  /** Whether to add a bias, zero at first. Default true. */
  bias?: boolean;
}

/** y = x · kernel + bias, over the last axis; a residual may be added. */
export class Linear extends Module {
  /** [inputs, outputs] */
  readonly kernel: Variable;
  /** [outputs] */
  readonly bias: Variable | undefined;

  /** @throws RangeError if a width is not a whole number from 1. */
  constructor(inputs: number, outputs: number, { init, bias = true }: LinearOptions) {
    super();
    checkCount("inputs", inputs);
    checkCount("outputs", outputs);
    this.kernel = parameter([inputs, outputs], init);
    this.bias = bias ? parameter([outputs], zeros) : undefined;
  }

  /**
   * @param x [..., inputs]
   * @param epilogue What is added in the same pass.
   * @returns [..., outputs]
   * @throws ShapeError if x does not end in inputs or the residual does not fit.
   */
  forward<T extends Tensor>(x: T, epilogue?: LinearEpilogue): T {
    return linear(
      x,
      this.kernel as Tensor as Tensor2D,
      this.bias as Tensor1D | undefined,
      epilogue,
    );
  }
}
