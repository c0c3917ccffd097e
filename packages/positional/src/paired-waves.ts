import {
  abs,
  add,
  cast,
  concat,
  expandDims,
  greater,
  lessEqual,
  mul,
  neg,
  pad,
  range,
  reshape,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { checkShapes, type Side, type Span } from "@tx/core";
import { matMul } from "@tx/ops";
import { pairDistances } from "./distances";
import type { RotaryTables } from "./rotary-tables";
import type { SinusoidalLayout } from "./sinusoidal-table";

/**
 * How much of each wave every query asks for, times that wave of the distance, added up for every
 * pair of explicit positions.
 *
 * By the addition theorems a wave of a distance, sin ω(p − q), is made of waves of both positions, so
 * that one product of [queries, waves] and [waves, keys] does it and no tensor
 * [queries, keys, waves] has to exist.
 *
 * @param asked [batch, heads, queries, headDim]
 * @param kernel [dModel, heads · headDim], rows in the order of the layout's columns.
 * @param angles Of the waves' frequencies, one a pair of a sine and a cosine.
 * @returns [batch, heads, queries, keys]
 * @throws ShapeError if explicit positions do not fit; RangeError where told positions meet some that
 *   follow one another from below 0.
 */
export function waveScoresOfPairs(
  asked: Tensor4D,
  kernel: Tensor2D,
  span: Span,
  angles: RotaryTables,
  layout: SinusoidalLayout,
): Tensor4D {
  const [batch, heads, queries, headDim] = asked.shape;
  return tidy(() => {
    const pairs = angles.frequencies.length;
    const [sines, cosines] = halvesOf(kernel, pairs, layout).map((half) => {
      const byHead = transpose(reshape(half, [pairs, heads, headDim]), [1, 0, 2]);
      return matMul<Tensor4D>(asked, byHead, { transposeB: true });
    }) as [Tensor4D, Tensor4D];
    const [cosQ, sinQ] = anglesOf("q", span, batch, angles).map((t) => expandDims(t, 1));
    const [cosK, sinK] = anglesOf("k", span, batch, angles) as [Tensor, Tensor];
    // sin(p − q) = sin p cos q − cos p sin q and cos(p − q) = cos p cos q + sin p sin q.
    const ofCosK = add(mul(sines, sinQ!), mul(cosines, cosQ!));
    const ofSinK = sub(mul(cosines, sinQ!), mul(sines, cosQ!));
    const turned = reshape(concat([ofCosK, ofSinK], -1), [batch, heads * queries, 2 * pairs]);
    const scores = matMul(turned, concat([cosK, sinK], -1), { transposeB: true });
    return reshape(scores, [batch, heads, queries, span.k.len]);
  });
}

/**
 * Scores whose distances are taken for the limit where they are further.
 *
 * @param scores Of the distances as they are, [batch, heads, queries, keys].
 * @param edges Scores of the limit, the key before the query, and of −limit, [batch, heads, queries, 2].
 */
export function clampPairs(scores: Tensor4D, edges: Tensor4D, span: Span, limit: number): Tensor4D {
  return tidy(() => {
    const far = expandDims(pairDistances(span), 1);
    const where = (chosen: Tensor) => cast(chosen, "float32");
    const [before, after] = [0, 1].map((column) =>
      slice(edges, [0, 0, 0, column], [-1, -1, -1, 1]),
    );
    return add(
      mul(scores, where(lessEqual(abs(far), limit))),
      add(mul(before!, where(greater(far, limit))), mul(after!, where(greater(neg(far), limit)))),
    );
  });
}

/** The kernel's rows of the sines and of the cosines; zeros for the cosine that an odd width lacks. */
function halvesOf(kernel: Tensor2D, pairs: number, layout: SinusoidalLayout): [Tensor, Tensor] {
  const [dModel, width] = kernel.shape;
  const even = pad(kernel, [
    [0, 2 * pairs - dModel],
    [0, 0],
  ]);
  const interleaved = layout === "interleaved";
  const both: Tensor = reshape(even, interleaved ? [pairs, 2, width] : [2, pairs, width]);
  const half = (n: number) =>
    interleaved
      ? slice(both, [0, n, 0], [pairs, 1, width])
      : slice(both, [n, 0, 0], [1, pairs, width]);
  return [half(0), half(1)];
}

/** Cosines and sines of one side's positions, [batch or 1, len, pairs]. */
function anglesOf(name: "q" | "k", span: Span, batch: number, angles: RotaryTables): Tensor[] {
  const { ids, start, len }: Side = span[name];
  if (ids) {
    checkShapes([`span.${name}.ids`, ids, `${batch} ${len}`]);
    return [...angles.of(ids)];
  }
  if (start < 0) {
    throw new RangeError(
      `span.${name}.start: expected one from 0 beside explicit ids, got ${start}`,
    );
  }
  return [...angles.of(expandDims(range(start, start + len, 1, "int32"), 0) as Tensor2D)];
}
