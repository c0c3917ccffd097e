import { type Tensor, type Tensor3D, type Tensor4D, tile, transpose } from "@tensorflow/tfjs-core";
import { viewAs } from "@tx/ops";

/** [batch, seq, heads · width] to [batch, seq, heads, width]. */
export function splitHeads(x: Tensor3D, heads: number): Tensor4D {
  const [batch, seq, width] = x.shape;
  return viewAs(x, [batch, seq, heads, width / heads]);
}

/** [batch, seq, heads, width] to [batch, seq, heads · width]. */
export function mergeHeads(x: Tensor4D): Tensor3D {
  const [batch, seq, heads, width] = x.shape;
  return viewAs(x, [batch, seq, heads * width]);
}

/** [batch, seq, heads, width] to [batch, heads, seq, width], and back. */
export function swapHeads(x: Tensor4D): Tensor4D {
  const [batch, first, second, width] = x.shape;
  // One token, or one head, lies the same either way: no need to move it.
  if (first === 1 || second === 1) return viewAs(x, [batch, second, first, width]);
  return transpose(x, [0, 2, 1, 3]);
}

/** [batch, kvHeads, keys, width] with each head as often as queries' heads share it. */
export function repeatHeads(x: Tensor4D, heads: number): Tensor4D {
  const [batch, kvHeads, keys, width] = x.shape;
  if (kvHeads === heads) return x;
  // In rank 3: tfjs 4.22.0's GPU backends tile and add up no more than four axes.
  const apart: Tensor = viewAs(x, [batch * kvHeads, 1, keys * width]);
  return viewAs(tile(apart, [1, heads / kvHeads, 1]), [batch, heads, keys, width]);
}
