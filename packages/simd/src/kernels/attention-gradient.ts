import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import {
  type AttentionAttributes,
  type AttentionInputs,
  type AttentionSizes,
  callArguments,
  costOf,
  sizesOf,
} from "./attention-call";

export interface AttentionGradInputs extends AttentionInputs {
  /** [batch, heads, queries, valueDim] */
  output: TensorInfo;
  /** [2, batch, heads, queries] */
  logSumExp: TensorInfo;
  /** [batch, heads, queries, valueDim] */
  dy: TensorInfo;
}

/** Keys of a tile, as in assembly/attention-grad.ts. */
const TILE = 64;
/** Units that are enough to keep a machine busy. */
const ENOUGH_UNITS = 16;
/** Most room for sums in parts, in numbers: 8 MB. */
const PARTS_ROOM = 2 ** 21;
/** Numbers of a unit of attentionAdd and of clear. */
const ADDED = 1024;
const CLEARED = 16_384;

/** [dQuery, dKey, dValue, dBias?] */
export function attentionGradient(
  backend: SimdBackend,
  inputs: AttentionGradInputs,
  attrs: AttentionAttributes,
): TensorInfo[] {
  const { query, key, value, bias } = inputs;
  const sizes = sizesOf(inputs, attrs);
  const { batch, heads, kvHeads, queries, headDim, valueDim } = sizes;
  const [dQuery, dKey, dValue] = [query, key, value].map(({ shape }) => backend.output(shape));
  const dBias = bias && backend.output(bias.shape);
  if (dBias) clear(backend, dBias);
  // Softmax is the same whatever is added to all of a row, so such a bias has no gradient.
  const sumBias = dBias !== undefined && (bias!.shape.at(-1) ?? 1) > 1;
  const plan = planOf(sizes, sumBias ? bias!.shape : undefined);
  const rows = batch * heads * queries;
  const [querySize, biasSize] = [rows * headDim, dBias ? util.sizeFromShape(dBias.shape) : 0];
  const queryParts = (plan.chunks - 1) * querySize;
  const biasParts = (plan.pieces - 1) * biasSize;
  const room = backend.reserve(rows + queryParts + biasParts);
  try {
    const queryRoom = room + rows * 4;
    const biasRoom = queryRoom + queryParts * 4;
    const [dy, ...outputs] = [inputs.dy, dQuery!, dKey!, dValue!].map((info) =>
      backend.addressOf(info),
    );
    const biasTo = sumBias ? backend.addressOf(dBias) : 0;
    const args = callArguments((info) => backend.addressOf(info), inputs, attrs, sizes);
    args.push(dy!, room, ...outputs, biasTo, queryRoom, biasRoom, plan.chunks, plan.pieces);
    args.push(plan.pairs, plan.bySlice, plan.step, kvHeads, querySize, biasSize);
    backend.run("attentionDelta", args, rows, (rows * valueDim) / 4);
    clearRoom(backend, biasRoom, biasParts);
    const cost = costOf(sizes, attrs, 3 * headDim + 2 * valueDim);
    // Sums of the bias's gradient go on from what is there, dQuery's begin anew.
    backend.run("attentionGrad", args, plan.slices * plan.pieces * plan.chunks, cost, !sumBias);
    addParts(backend, outputs[0]!, queryRoom, querySize, plan.chunks - 1);
    addParts(backend, biasTo, biasRoom, biasSize, plan.pieces - 1);
  } finally {
    backend.heap.release(room);
  }
  return [dQuery!, dKey!, dValue!, ...(dBias ? [dBias] : [])];
}

/** How the work is cut into units, by the sizes alone: the same on any number of threads. */
interface Plan {
  /** Parts of bias that are added up independently, each for some pairs of batch and key head. */
  readonly slices: number;
  /** Pairs of a slice, and a pair's number: slice · bySlice + n · step. */
  readonly pairs: number;
  readonly bySlice: number;
  readonly step: number;
  /** Shares of a slice's pairs, each with room of its own for dBias. */
  readonly pieces: number;
  /** Shares of the keys, each with room of its own for dQuery. */
  readonly chunks: number;
}

function planOf(sizes: AttentionSizes, bias: readonly number[] | undefined): Plan {
  const { batch, heads, kvHeads, queries, keys, headDim } = sizes;
  // An axis of one in bias is summed over, so pairs that differ in it only share a slice.
  const shared = (axis: number) => bias !== undefined && (bias.at(axis) ?? 1) === 1;
  const slices = (shared(-4) ? 1 : batch) * (shared(-3) ? 1 : kvHeads);
  const pairs = (batch * kvHeads) / Math.max(1, slices);
  const bySlice = shared(-4) || !shared(-3) ? 1 : kvHeads;
  const step = shared(-4) && !shared(-3) ? kvHeads : 1;
  const roomFor = (size: number) => 1 + Math.floor(PARTS_ROOM / Math.max(1, size));
  const biasRoom = roomFor(util.sizeFromShape([...(bias ?? [])]));
  const pieces = atLeast1(Math.min(pairs, Math.ceil(ENOUGH_UNITS / slices), biasRoom));
  const units = slices * pieces;
  // One unit for all would leave every thread but one idle: two chunks, however long they are.
  const queryRoom = Math.max(units < 2 ? 2 : 1, roomFor(batch * heads * queries * headDim));
  const tiles = Math.ceil(keys / TILE);
  const chunks = atLeast1(Math.min(tiles, Math.ceil(ENOUGH_UNITS / units), queryRoom));
  return { slices, pairs, bySlice, step, pieces, chunks };
}

const atLeast1 = (count: number) => Math.max(1, count);

function clear(backend: SimdBackend, info: TensorInfo): void {
  clearRoom(backend, backend.addressOf(info), util.sizeFromShape(info.shape));
}

function clearRoom(backend: SimdBackend, address: number, size: number): void {
  backend.run("clear", [address, size], Math.ceil(size / CLEARED), size / 8);
}

/** Adds parts to the first of them, which lies elsewhere. */
function addParts(
  backend: SimdBackend,
  to: number,
  from: number,
  size: number,
  parts: number,
): void {
  if (parts === 0) return;
  const units = Math.ceil(size / ADDED);
  backend.run("attentionAdd", [to, from, size, parts], units, (size * parts) / 4, false);
}
