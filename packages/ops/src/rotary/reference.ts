import { add, concat, mul, neg, reshape, slice, sub, type Tensor } from "@tensorflow/tfjs-core";

/** "interleaved" turns features 2i and 2i + 1 together, "half" i and i + pairs. */
export type RotaryPairing = "interleaved" | "half";

/**
 * Rotation of pairs of features in stock operations, without a gradient of its own.
 *
 * @param x [batch, heads, seq, headDim]
 * @param cos [seq, pairs] or [batch, seq, pairs]
 * @param sin The shape of cos.
 * @param inverse Turns by the negative angle.
 */
export function rotaryReference(
  { x, cos, sin }: { x: Tensor; cos: Tensor; sin: Tensor },
  { pairing, inverse }: { pairing: RotaryPairing; inverse: boolean },
): Tensor {
  const [batch, heads, seq, headDim] = x.shape as [number, number, number, number];
  const pairs = cos.shape[cos.rank - 1]!;
  const count = batch * heads * seq;
  const table = (values: Tensor) => reshape(values, [cos.rank === 3 ? batch : 1, 1, seq, pairs]);
  // Members of a pair lie along the axis of two.
  const [axis, paired] = pairing === "half" ? [1, [count, 2, pairs]] : [2, [count, pairs, 2]];
  const member = (n: number) => {
    const turned = reshape(
      slice(x, [0, 0, 0, 0], [batch, heads, seq, 2 * pairs]),
      paired as number[],
    );
    const [begin, size] = [[0, 0, 0], [...paired]];
    begin[axis] = n;
    size[axis] = 1;
    return reshape(slice(turned, begin, size), [batch, heads, seq, pairs]);
  };
  const [first, second, c] = [member(0), member(1), table(cos)];
  const s = inverse ? neg(table(sin)) : table(sin);
  const turned = [sub(mul(first, c), mul(second, s)), add(mul(second, c), mul(first, s))];
  const apart = paired.map((size, n) => (n === axis ? 1 : size));
  const y = reshape(
    concat(
      turned.map((part) => reshape(part, apart)),
      axis,
    ),
    [batch, heads, seq, 2 * pairs],
  );
  if (2 * pairs === headDim) return y;
  return concat([y, slice(x, [0, 0, 0, 2 * pairs], [batch, heads, seq, headDim - 2 * pairs])], 3);
}
