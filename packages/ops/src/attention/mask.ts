import {
  cast,
  expandDims,
  lessEqual,
  logicalAnd,
  mul,
  range,
  reshape,
  sub,
  type Tensor,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { checkShapes, ShapeError } from "../shapes";

/**
 * Which keys each query may attend to: those that every given field allows. True means may
 * attend, always. What is said by fields a fused kernel can honour without a score matrix.
 */
export interface Mask {
  /** Query i sees key j ≤ i + (keys − queries): aligned at the end. */
  readonly causal?: boolean | undefined;
  /** bool [batch, keys]: false hides the key from every query, as padding does. */
  readonly keys?: Tensor2D | undefined;
  /** bool, broadcastable to [batch, heads, queries, keys]. */
  readonly dense?: Tensor | undefined;
}

/** The sizes of one call's scores. */
export interface ScoreSizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

/** @throws ShapeError if a tensor of the mask does not fit the scores; RangeError for a dtype. */
export function checkMask({ keys, dense }: Mask, sizes: ScoreSizes): void {
  if (keys) {
    checkShapes(["mask.keys", keys, `${sizes.batch} ${sizes.keys}`]);
    if (keys.dtype !== "bool") throw new RangeError(`mask.keys: expected bool, got ${keys.dtype}`);
  }
  if (!dense) return;
  if (dense.dtype !== "bool") throw new RangeError(`mask.dense: expected bool, got ${dense.dtype}`);
  checkBroadcast("mask.dense", dense, sizes);
}

/** @throws ShapeError if a tensor does not broadcast to the scores. */
export function checkBroadcast(name: string, tensor: Tensor, sizes: ScoreSizes): void {
  const wanted = [sizes.batch, sizes.heads, sizes.queries, sizes.keys];
  const fits =
    tensor.rank <= 4 &&
    tensor.shape.every((size, axis) => [1, wanted[axis + 4 - tensor.rank]].includes(size));
  if (!fits) {
    const axes = `[batch=${wanted[0]}, heads=${wanted[1]}, queries=${wanted[2]}, keys=${wanted[3]}]`;
    throw new ShapeError(
      `${name}: expected a shape that broadcasts to ${axes}, got [${tensor.shape.join(", ")}]`,
    );
  }
}

/** Whether a query might see no key at all, which needs care after the softmax. */
export function mayHideAll(mask: Mask, { queries, keys }: ScoreSizes): boolean {
  return Boolean(mask.keys ?? mask.dense) || (mask.causal === true && queries > keys);
}

/** The mask as one tensor: 1 where a query may attend, else 0; broadcasts to the scores. */
export function keepOf(mask: Mask, { queries, keys }: ScoreSizes): Tensor | undefined {
  const parts: Tensor[] = [];
  if (mask.causal) parts.push(causalKeep(queries, keys));
  if (mask.keys) parts.push(expandDims(expandDims(mask.keys, 1), 1));
  if (mask.dense) parts.push(mask.dense);
  if (parts.length === 0) return undefined;
  return cast(
    parts.reduce((a, b) => logicalAnd(a, b)),
    "float32",
  );
}

/**
 * The scores' upper limits: −1e38 where a query may not attend, no limit elsewhere. The minimum
 * with it replaces forbidden scores in one operation; adding would let huge ones through, and a
 * limit such as −1e9 would lie above scores that a bias has pushed lower still.
 */
export function limitOf(keep: Tensor): Tensor {
  return mul(sub(mul(keep, 2), 1), 1e38);
}

function causalKeep(queries: number, keys: number): Tensor {
  const last = reshape(range(keys - queries, keys, 1, "int32"), [queries, 1]);
  return lessEqual(reshape(range(0, keys, 1, "int32"), [1, keys]), last);
}
