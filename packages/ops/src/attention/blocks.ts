import { getBackend, slice, type Tensor } from "@tensorflow/tfjs-core";
import type { Operands, Settings } from "./call";
import { maskTensors, withMaskTensors } from "./mask";

/** Some batch entries and heads of a call, which are a call by themselves. */
export interface Block {
  readonly batch: number;
  readonly batches: number;
  readonly head: number;
  readonly heads: number;
}

/**
 * What to compute at once: everything; on wasm, each key head by itself, since tfjs 4.22.0's wasm
 * backend multiplies fast only single matrices and copies a whole tensor for each slice of it.
 */
export function blocksOf({ query, key }: Operands): Block[] {
  const [batches, heads] = query.shape as [number, number];
  if (getBackend() !== "wasm") return [{ batch: 0, batches, head: 0, heads }];
  const kvHeads = key.shape[1]!;
  const group = heads / kvHeads;
  return Array.from({ length: batches * kvHeads }, (_, n) => ({
    ...{ batch: Math.floor(n / kvHeads), batches: 1 },
    ...{ head: (n % kvHeads) * group, heads: group },
  }));
}

/** A block's operands, [batches, heads, rows, width], and the options for them. */
export function takeBlock(
  operands: Operands,
  settings: Settings,
  block: Block,
): { operands: Operands; settings: Settings; firstPair: number } {
  const { query, key, value, bias } = operands;
  const [, heads] = query.shape as [number, number];
  const group = heads / key.shape[1]!;
  const ofKeys = { ...block, head: block.head / group, heads: block.heads / group };
  const masks = maskTensors(settings.mask);
  const taken = {
    maskKeys: masks.maskKeys && batchesOf(masks.maskKeys, block),
    maskDense: masks.maskDense && takePairs(masks.maskDense, block),
    maskQueryDocuments: masks.maskQueryDocuments && batchesOf(masks.maskQueryDocuments, block),
    maskKeyDocuments: masks.maskKeyDocuments && batchesOf(masks.maskKeyDocuments, block),
  };
  return {
    operands: {
      query: takePairs(query, block),
      key: takePairs(key, ofKeys),
      value: takePairs(value, ofKeys),
      bias: bias && takePairs(bias, block),
    },
    settings: { ...settings, mask: withMaskTensors(settings.mask, taken) },
    firstPair: block.batch * heads + block.head,
  };
}

/** A block's part of a tensor that broadcasts to [batch, heads, rows, width]. */
export function takePairs(x: Tensor, { batch, batches, head, heads }: Block): Tensor {
  const [begins, counts] = [
    [batch, head],
    [batches, heads],
  ];
  const place = (axis: number) => (x.shape[axis] === 1 ? -1 : axis + 4 - x.rank);
  const size = x.shape.map((size, axis) => counts[place(axis)] ?? size);
  if (size.join() === x.shape.join()) return x;
  return slice(
    x,
    x.shape.map((_, axis) => begins[place(axis)] ?? 0),
    size,
  );
}

/** Mask tensors [batch, tokens]. */
function batchesOf<T extends Tensor>(x: T, { batch, batches }: Block): T {
  return batches === x.shape[0] ? x : slice(x, [batch, 0], [batches, x.shape[1]!]);
}
