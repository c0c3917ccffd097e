import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { Module } from "@tx/core";

/** Makes logits of what blocks made: a Linear, a TiedHead, a MaskedHead or one's own. */
export type Head = Module & {
  /**
   * @param x [batch, seq, dModel]
   * @returns [batch, seq, classes]
   */
  forward(x: Tensor3D): Tensor3D;
};
