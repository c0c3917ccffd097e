import {
  add,
  cast,
  cos,
  expandDims,
  mul,
  neg,
  range,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import type { Positional, Side, Span } from "@tx/core";

// Strategies for tests: those of @tx/positional are a sibling's.

/** Positions of one side, float32 [batch or 1, len]. */
const positions = ({ start, len, ids }: Side): Tensor =>
  ids ? cast(ids, "float32") : expandDims(range(start, start + len), 0);

/** Key minus query of every pair, [batch or 1, 1, queries, keys]. */
const distances = ({ q, k }: Span): Tensor =>
  tidy(() => expandDims(sub(expandDims(positions(k), 1), expandDims(positions(q), 2)), 1));

const named = (kind: string) => ({ kind, toJSON: () => ({ kind, version: 1 }) });

/** Scales by a wave of the position: not relative, so that a wrong position shows. */
export const rotating = (cacheKeys?: "rotated" | "raw"): Positional => ({
  ...named("rotating"),
  ...(cacheKeys && { cacheKeys }),
  rotate(t, side, span) {
    const at = expandDims(expandDims(positions(span[side]), 1), 3);
    // Raw keys are kept where turning them depends on how many there are.
    const length = cacheKeys === "raw" ? span.k.len : 1;
    return mul(t, add(cos(mul(at, 0.7 / length)), side === "q" ? 2 : 1.5));
  },
});

export const biasing: Positional = {
  ...named("biasing"),
  bias: (heads, span) =>
    mul(
      neg(square(distances(span))),
      expandDims(expandDims(expandDims(range(1, heads + 1), 0), 2), 3) as Tensor,
    ),
};

/** Changes scores and values by the distance. */
export const scoring: Positional = {
  ...named("scoring"),
  scores: (scores, { query, span, scale }) =>
    add(scores, mul(mul(sum(query, -1, true), scale), cos(distances(span)))),
  values: (output, weights, { span }) =>
    add(output, sum(mul(weights, cos(distances(span))), -1, true)),
};

export const everything = (): Positional => ({ ...rotating(), ...biasing, ...scoring });
