import {
  getBackend,
  reshape,
  matMul as stockMatMul,
  sum,
  type Tensor,
  tile,
  transpose,
} from "@tensorflow/tfjs-core";

export interface MatMulOptions {
  /** Takes a as [..., inner, rows]. Default false. */
  transposeA?: boolean;
  /** Takes b as [..., columns, inner]. Default false. */
  transposeB?: boolean;
}

/** Swaps the last two axes. */
function swapLast(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/**
 * The product in stock operations, without a gradient of its own.
 *
 * tfjs 4.22.0's wasm backend multiplies fast only for a batch of one without transpose flags;
 * all else is a scalar loop, 10 to 30 times slower. So there a single product gets explicit
 * transposes, which cost far less than they save.
 */
export function matMulReference(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatMulOptions = {},
): Tensor {
  const single = a.rank === 2 && b.rank === 2;
  if (!single || getBackend() !== "wasm") return batched(a, b, transposeA, transposeB);
  return stockMatMul(transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b);
}

function batched(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const lead = leadOf(a, b);
  return stockMatMul(spread(a, lead), spread(b, lead), transposeA, transposeB);
}

/** The batch axes that both operands broadcast to. */
export function leadOf(a: Tensor, b: Tensor): number[] {
  const rank = Math.max(a.rank, b.rank) - 2;
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(a.shape.at(axis - 2 - rank) ?? 1, b.shape.at(axis - 2 - rank) ?? 1),
  );
}

// Written out by hand: tfjs 4.22.0's backends differ in which batch axes they broadcast.
function spread(x: Tensor, lead: number[]): Tensor {
  const own = [...Array(lead.length + 2 - x.rank).fill(1), ...x.shape] as number[];
  const repeats = lead.map((size, axis) => (own[axis] === size ? 1 : size));
  const ranked = x.rank === own.length ? x : reshape(x, own);
  return repeats.some((n) => n > 1) ? tile(ranked, [...repeats, 1, 1]) : ranked;
}

/** Sums a gradient over the axes along which its operand was broadcast. */
export function sumTo(gradient: Tensor, shape: number[]): Tensor {
  const extra = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  );
  const summed = axes.length > 0 ? sum(gradient, axes) : gradient;
  return summed.shape.join() === shape.join() ? summed : reshape(summed, shape);
}
