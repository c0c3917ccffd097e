import { type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { checkShapes, ShapeError } from "../shapes";
import { withGradient } from "../with-gradient";
import { skewReference, unskewReference } from "./reference";

/**
 * From a column a distance to a column a key: entry [i, j] of the result is entry
 * [i, queries − 1 − i + j] of x. So terms that depend on the distance alone are worked out once for
 * each of the queries + keys − 1 distances, and no tensor [queries, keys, width] has to exist.
 *
 * Stock operations that move numbers only, on every backend. {@link unskew} is its adjoint.
 *
 * @param x [batch, heads, queries, distances], distances = queries + keys − 1; with both sides from
 *   the same place on, column c is of the distance c − (queries − 1) from query to key.
 * @returns [batch, heads, queries, keys]
 * @throws ShapeError if x has not four axes or fewer distances than queries.
 * @see Huang et al. 2018, Music Transformer, §3.4.1, https://arxiv.org/abs/1809.04281
 */
export function skew(x: Tensor4D): Tensor4D {
  const { queries, distances } = checkShapes(["x", x, "batch heads queries distances"]);
  if (distances < queries) {
    throw new ShapeError(
      `x: expected as many distances as queries=${queries} or more, got ${distances}`,
    );
  }
  return tidy(() =>
    withGradient({ x }, () => [skewReference(x), {}, ({ dy }) => unskewReference(dy)]),
  );
}

/**
 * From a column a key to a column a distance, zeros where a query is so far from no key: entry
 * [i, queries − 1 − i + j] of the result is entry [i, j] of x. See {@link skew}.
 *
 * @param x [batch, heads, queries, keys]
 * @returns [batch, heads, queries, queries + keys − 1]
 * @throws ShapeError if x has not four axes.
 */
export function unskew(x: Tensor4D): Tensor4D {
  checkShapes(["x", x, "batch heads queries keys"]);
  return tidy(() =>
    withGradient({ x }, () => [unskewReference(x), {}, ({ dy }) => skewReference(dy)]),
  );
}
