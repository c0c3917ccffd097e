import {
  type ConcatAttrs,
  concat,
  type PackAttrs,
  type PadV2Attrs,
  pad,
  type SliceAttrs,
  type SplitVAttrs,
  slice,
  squeeze,
  stack,
  type Tensor,
  type UnpackAttrs,
  util,
} from "@tensorflow/tfjs-core";
import { type Gradient, gradientOf } from "./gradient";

/** The place of an axis that may be counted from the end. */
const placeOf = (axis: number, shape: number[]): number => util.parseAxisParam(axis, shape)[0]!;

/** The part of x from start to start + size along one axis, whole along the others. */
function part(x: Tensor, axis: number, start: number, size: number): Tensor {
  const along = (here: number, elsewhere: number) =>
    x.shape.map((_, i) => (i === axis ? here : elsewhere));
  return slice(x, along(start, 0), along(size, -1));
}

const concatGradient: Gradient = {
  kernelName: "Concat",
  saveAllInputs: true,
  gradFunc: (dy: Tensor, parts, { axis }: ConcatAttrs) => {
    const along = placeOf(axis, dy.shape);
    let end = 0;
    return Object.fromEntries(
      parts.map(({ shape }, i) => {
        const size = shape[along]!;
        const start = end;
        end += size;
        return [i, () => part(dy, along, start, size)];
      }),
    );
  },
};

const packGradient: Gradient = {
  kernelName: "Pack",
  gradFunc: (dy: Tensor, _saved, { axis }: PackAttrs) => {
    const along = placeOf(axis, dy.shape);
    return Object.fromEntries(
      Array.from({ length: dy.shape[along]! }, (_, i) => [
        i,
        () => squeeze(part(dy, along, i, 1), [along]),
      ]),
    );
  },
};

// A kernel that may give many tensors hands over dy itself when it gave one.
const list = (dy: Tensor | Tensor[]): Tensor[] => (Array.isArray(dy) ? dy : [dy]);

/** What a slice has left out on both sides of each axis. */
function around(x: Tensor, dy: Tensor, begin: number | number[]): [number, number][] {
  const starts = [begin].flat();
  return x.shape.map((size, axis) => {
    const start = starts[axis] ?? 0;
    return [start, size - start - dy.shape[axis]!];
  });
}

/** Kernels that put tensors side by side, take one apart or cut a piece out. */
export const joiningGradients = (): Gradient[] => [
  concatGradient,
  packGradient,
  gradientOf("Unpack", [], {
    value: (dy: Tensor | Tensor[], _, { axis }: UnpackAttrs) => stack(list(dy), axis),
  }),
  gradientOf("SplitV", [], {
    x: (dy: Tensor | Tensor[], _, { axis }: SplitVAttrs) => concat(list(dy), axis),
  }),
  gradientOf("Slice", ["x"], {
    x: (dy, [x], { begin }: SliceAttrs) => pad(dy, around(x, dy, begin)),
  }),
  gradientOf("PadV2", [], {
    x: (dy, _, { paddings }: PadV2Attrs) =>
      slice(
        dy,
        paddings.map(([before]) => before),
        dy.shape.map((size, axis) => size - paddings[axis]![0] - paddings[axis]![1]),
      ),
  }),
];
