import {
  type BroadCastToAttrs,
  BroadcastTo,
  backend_util,
  ExpandDims,
  type ExpandDimsAttrs,
  Reshape,
  Reverse,
  type ReverseAttrs,
  reshape,
  reverse,
  squeeze,
  sum,
  type Tensor,
  Tile,
  type TileAttrs,
  Transpose,
  type TransposeAttrs,
  transpose,
  util,
} from "@tensorflow/tfjs-core";
import type { Gradient } from "./gradient";
import { unbroadcast } from "./unbroadcast";

const reshapeGradient: Gradient = {
  kernelName: Reshape,
  inputsToSave: ["x"],
  gradFunc: (dy: Tensor, [x]: [Tensor]) => ({ x: () => reshape(dy, x.shape) }),
};

const expandDimsGradient: Gradient = {
  kernelName: ExpandDims,
  gradFunc: (dy: Tensor, _saved, { dim }: ExpandDimsAttrs) => ({
    input: () => squeeze(dy, [dim]),
  }),
};

const transposeGradient: Gradient = {
  kernelName: Transpose,
  gradFunc: (dy: Tensor, _saved, { perm }: TransposeAttrs) => ({
    x: () => transpose(dy, backend_util.getUndoAxesPermutation(perm)),
  }),
};

const reverseGradient: Gradient = {
  kernelName: Reverse,
  gradFunc: (dy: Tensor, _saved, { dims }: ReverseAttrs) => ({ x: () => reverse(dy, dims) }),
};

/** Adds up the copies one axis after the other, which needs rank 3 whatever the rank of dy. */
function sumCopies(dy: Tensor, reps: number[]): Tensor {
  const shape = dy.shape.map((size, axis) => size / reps[axis]!);
  const summed = reps.reduce((gradient, copies, axis) => {
    if (copies === 1) return gradient;
    const before = util.sizeFromShape(shape.slice(0, axis));
    return sum(reshape(gradient, [before, copies, gradient.size / (before * copies)]), 1);
  }, dy);
  return reshape(summed, shape);
}

const tileGradient: Gradient = {
  kernelName: Tile,
  gradFunc: (dy: Tensor, _saved, { reps }: TileAttrs) => ({ x: () => sumCopies(dy, reps) }),
};

const broadcastToGradient: Gradient = {
  kernelName: BroadcastTo,
  gradFunc: (dy: Tensor, _saved, { inputShape }: BroadCastToAttrs) => ({
    x: () => unbroadcast(dy, inputShape),
  }),
};

/** Kernels that give the same entries another shape, order or number of copies. */
export const shapeGradients = (): Gradient[] => [
  reshapeGradient,
  expandDimsGradient,
  transposeGradient,
  reverseGradient,
  tileGradient,
  broadcastToGradient,
];
