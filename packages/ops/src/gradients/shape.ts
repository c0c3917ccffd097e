import {
  type BroadCastToAttrs,
  backend_util,
  type ExpandDimsAttrs,
  type ReverseAttrs,
  reshape,
  reverse,
  squeeze,
  sum,
  type Tensor,
  type TileAttrs,
  type TransposeAttrs,
  transpose,
  util,
} from "@tensorflow/tfjs-core";
import { type Gradient, gradientOf } from "./gradient";
import { unbroadcast } from "./unbroadcast";

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

/** Kernels that give the same entries another shape, order or number of copies. */
export const shapeGradients = (): Gradient[] => [
  gradientOf("Reshape", ["x"], { x: (dy, [x]) => reshape(dy, x.shape) }),
  gradientOf("ExpandDims", [], {
    input: (dy, _, { dim }: ExpandDimsAttrs) => squeeze(dy, [dim]),
  }),
  gradientOf("Transpose", [], {
    x: (dy, _, { perm }: TransposeAttrs) =>
      transpose(dy, backend_util.getUndoAxesPermutation(perm)),
  }),
  gradientOf("Reverse", [], { x: (dy, _, { dims }: ReverseAttrs) => reverse(dy, dims) }),
  gradientOf("Tile", [], { x: (dy, _, { reps }: TileAttrs) => sumCopies(dy, reps) }),
  gradientOf("BroadcastTo", [], {
    x: (dy, _, { inputShape }: BroadCastToAttrs) => unbroadcast(dy, inputShape),
  }),
];
