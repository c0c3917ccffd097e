import { type Rank, type Tensor4D, tensor, util } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { expect } from "vitest";
import { type AttentionOptions, attention } from "./attention";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
export const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );
export const made = (shape: number[], shift = 0) =>
  tensor<Rank>(numbers(shape, shift), shape) as Tensor4D;

export const sizes = {
  batch: 2,
  heads: 6,
  kvHeads: 6,
  queries: 3,
  keys: 5,
  headDim: 4,
  valueDim: 7,
};
type Sizes = typeof sizes;

/** Score entry [batch, head, query, key] to whether the query may attend, or to a bias. */
export type PerScore<T> = (b: number, h: number, i: number, j: number) => T;

interface Plain {
  may?: PerScore<boolean>;
  bias?: PerScore<number>;
  scale?: number;
  scales?: ArrayLike<number>;
}

const shapesOf = (s: Sizes) => ({
  query: [s.batch, s.heads, s.queries, s.headDim],
  key: [s.batch, s.kvHeads, s.keys, s.headDim],
  value: [s.batch, s.kvHeads, s.keys, s.valueDim],
});

export function operands(s: Sizes): [Tensor4D, Tensor4D, Tensor4D] {
  const { query, key, value } = shapesOf(s);
  return [made(query), made(key, 17), made(value, 40)];
}

/** Attention in loops, in double precision, of the numbers that operands(s) holds. */
function plain(s: Sizes, { may, bias, scale = 1 / Math.sqrt(s.headDim), scales }: Plain = {}) {
  const { query, key, value } = shapesOf(s);
  const [q, k, v] = [numbers(query), numbers(key, 17), numbers(value, 40)];
  const output: number[] = [];
  for (let b = 0; b < s.batch; b++) {
    for (let h = 0; h < s.heads; h++) {
      const kv = b * s.kvHeads + Math.floor((h * s.kvHeads) / s.heads);
      for (let i = 0; i < s.queries; i++) {
        const row = (b * s.heads + h) * s.queries + i;
        const scores = Array.from({ length: s.keys }, (_, j) => {
          if (may?.(b, h, i, j) === false) return Number.NEGATIVE_INFINITY;
          let dot = 0;
          for (let d = 0; d < s.headDim; d++)
            dot += q[row * s.headDim + d]! * k[(kv * s.keys + j) * s.headDim + d]!;
          return dot * scale + (bias?.(b, h, i, j) ?? 0);
        });
        const top = Math.max(...scores);
        const powers = scores.map((score) => (score === -Infinity ? 0 : Math.exp(score - top)));
        const total = powers.reduce((sum, power) => sum + power, 0);
        for (let d = 0; d < s.valueDim; d++) {
          const terms = powers.map((power, j) => {
            const weight = (power / (total || 1)) * (scales?.[row * s.keys + j] ?? 1);
            return weight * v[(kv * s.keys + j) * s.valueDim + d]!;
          });
          output.push(terms.reduce((sum, term) => sum + term, 0));
        }
      }
    }
  }
  return output;
}

/** Every shape that broadcasts to [batch, heads, queries, keys], from a scalar up. */
export const broadcastShapes = ({ batch, heads, queries, keys }: Sizes): number[][] =>
  [4, 3, 2, 1, 0].flatMap((rank) =>
    Array.from({ length: 2 ** rank }, (_, bits) =>
      [batch, heads, queries, keys].slice(4 - rank).map((n, axis) => ((bits >> axis) & 1 ? 1 : n)),
    ),
  );

/** Reads numbers of a broadcast shape at a score. */
export function reader<T>(values: T[], shape: number[]): PerScore<T> {
  const strides = util.computeStrides(shape).concat(1);
  return (...score) =>
    values[
      shape.reduce((n, size, axis) => {
        const index = score[4 - shape.length + axis]!;
        return n + (size === 1 ? 0 : index * strides[axis]!);
      }, 0)
    ]!;
}

export const bools = (shape: number[], shift = 0) => numbers(shape, shift).map((x) => x > -0.4);
export const madeBool = (values: boolean[], shape: number[]) => tensor(values, shape, "bool");

export const check = async (s: Sizes, options: AttentionOptions, wanted: Plain) => {
  const output = attention(...operands(s), options);
  expect(output.shape).toEqual([s.batch, s.heads, s.queries, s.valueDim]);
  await expectClose(output, plain(s, wanted), { rtol: 1e-5, atol: 5e-6 });
};
