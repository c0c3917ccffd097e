import {
  add,
  broadcastTo,
  type CumsumAttrs,
  cumsum,
  div,
  equal,
  exp,
  type LogSoftmaxAttrs,
  logSoftmax,
  type MaxAttrs,
  type MeanAttrs,
  type MinAttrs,
  mul,
  onesLike,
  type ProdAttrs,
  prod,
  reshape,
  type SoftmaxAttrs,
  type SumAttrs,
  softmax,
  sub,
  sum,
  type Tensor,
  util,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { cumsumFromEnd } from "../cumsum/cumsum-from-end";
import { byOutput } from "./by-output";
import { type Gradient, gradientOf } from "./gradient";

/** The shape that is left of x when the reduced axes are kept with size 1. */
function keptShape(x: Tensor, axis: number | number[]): number[] {
  const reduced = util.parseAxisParam(axis, x.shape);
  return x.shape.map((size, i) => (reduced.includes(i) ? 1 : size));
}

/** Gives every entry of x what the reduced entry it went into has. */
const spread = (reduced: Tensor, x: Tensor, axis: number | number[]): Tensor =>
  broadcastTo(reshape(reduced, keptShape(x, axis)), x.shape);

/** 1 where the condition holds, else 0. A cast would do, but webgpu cannot transpose its result. */
const indicator = (condition: Tensor, x: Tensor): Tensor =>
  where(condition, onesLike(x), zerosLike(x));

/** Entries that tie for the extreme share its gradient equally. */
function toExtremes(dy: Tensor, x: Tensor, y: Tensor, axis: number | number[]): Tensor {
  const kept = keptShape(x, axis);
  const ties = indicator(equal(x, reshape(y, kept)), x);
  return mul(ties, div(reshape(dy, kept), sum(ties, axis, true)));
}

/**
 * Each factor's gradient is the product of all others: 0 if a zero is among them, else the product
 * of all that are not zero, divided by the factor if that is not.
 */
function otherFactors(dy: Tensor, x: Tensor, axis: number | number[]): Tensor {
  const zeros = indicator(equal(x, 0), x);
  const factors = add(x, zeros);
  const others = div(prod(factors, axis, true), factors);
  const scaled = mul(reshape(dy, keptShape(x, axis)), others);
  return where(equal(sum(zeros, axis, true), zeros), scaled, zerosLike(x));
}

/** Kernels that draw one or more axes together, or run along one. */
export const reductionGradients = (): Gradient[] => [
  gradientOf("Sum", ["x"], { x: (dy, [x], { axis }: SumAttrs) => spread(dy, x, axis) }),
  gradientOf("Mean", ["x"], {
    x: (dy, [x], { axis }: MeanAttrs) => spread(mul(dy, dy.size / x.size), x, axis),
  }),
  gradientOf(
    "Max",
    ["x"],
    { x: (dy, [x, y], { reductionIndices }: MaxAttrs) => toExtremes(dy, x, y, reductionIndices) },
    [true],
  ),
  gradientOf("Min", ["x"], { x: (dy, [x, y], { axis }: MinAttrs) => toExtremes(dy, x, y, axis) }, [
    true,
  ]),
  gradientOf("Prod", ["x"], { x: (dy, [x], { axis }: ProdAttrs) => otherFactors(dy, x, axis) }),
  gradientOf("Cumsum", [], {
    x: (dy, _, { axis, exclusive, reverse }: CumsumAttrs) =>
      reverse ? cumsum(dy, axis, exclusive) : cumsumFromEnd(dy, axis, exclusive),
  }),
  byOutput<SoftmaxAttrs>(
    "Softmax",
    (logits, { dim }) => softmax(logits, dim),
    (dy, y, { dim }) => {
      const weighted = mul(dy, y);
      return sub(weighted, mul(y, sum(weighted, dim, true)));
    },
    "logits",
  ),
  byOutput<LogSoftmaxAttrs>(
    "LogSoftmax",
    (logits, { axis }) => logSoftmax(logits, axis),
    (dy, y, { axis }) => sub(dy, mul(exp(y), sum(dy, axis, true))),
    "logits",
  ),
];
