import { getBackend, pad, type Tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { blocksOf, takeBlock, takePairs } from "./blocks";
import type { Operands, Run, Settings } from "./call";
import { sliceAxis, withHeadsFirst, withKeysTaken } from "./layout";
import { maskTensors, type ScoreSizes, withMaskTensors } from "./mask";
import { gather, joinAlong, joinAs, type Pieces } from "./pieces";
import { attentionGradReference, mixReference, weightsReference } from "./reference";
import { partOf, partShape, type ScorePart, wholeOf } from "./score-part";

/**
 * Whether a call is large enough to be computed in chunks. On tfjs 4.22.0's wasm backend one whose heads
 * each have many scores is: fast products of single matrices save more than computing weights again costs.
 */
export function wantsChunks(
  { batch, heads, queries, keys }: ScoreSizes,
  scoreBytes: number,
): boolean {
  const single = queries * keys;
  return 4 * batch * heads * single > scoreBytes || (getBackend() === "wasm" && single >= 2 ** 16);
}

/**
 * Attention in stock operations, some queries at a time with the keys that they may see, so that no
 * more than a quarter of scoreBytes of scores are there at once. The gradient computes a chunk's weights again, from
 * the operands: nothing that grows with queries times keys is saved.
 *
 * @see Rabe and Staats 2021, Self-attention Does Not Need O(n²) Memory, §3,
 *   https://arxiv.org/abs/2112.05682
 */
export const chunked: Run = /* @__PURE__ */ withKeysTaken(
  /* @__PURE__ */ withHeadsFirst((operands, settings) => [
    forward(operands, settings),
    { ...operands, ...maskTensors(settings.mask) },
    ({ dy, ...told }) => {
      const kept = told as unknown as Operands & ReturnType<typeof maskTensors>;
      const mask = withMaskTensors(settings.mask, kept);
      return backward(dy, kept, { ...settings, mask });
    },
  ]),
);

function forward(operands: Operands, settings: Settings): Tensor {
  const { query, value } = operands;
  const outputs: Pieces = [];
  for (const [n, block] of blocksOf(operands).entries()) {
    gather(
      outputs,
      () => n,
      () => {
        const taken = takeBlock(operands, settings, block);
        return [blockOutput(taken.operands, taken.settings, taken.firstPair)];
      },
    );
  }
  return joinAs(outputs[0]!, [...query.shape.slice(0, 3), value.shape[3]!]);
}

/** [dQuery, dKey, dValue, dBias?] */
function backward(dy: Tensor, operands: Operands, settings: Settings): Tensor[] {
  const { query, key, value, bias } = operands;
  const gradients: Pieces = [];
  for (const [n, block] of blocksOf(operands).entries()) {
    // Blocks add up in a bias along the axes that it does not have.
    const [byBatch, byHead] = [-4, -3].map((axis) => (bias?.shape.at(axis) ?? 1) > 1);
    const ofBias =
      (byBatch ? block.batch * (byHead ? query.shape[1]! : 1) : 0) + (byHead ? block.head : 0);
    gather(
      gradients,
      (operand) => (operand === 3 ? ofBias : n),
      () => {
        const taken = takeBlock(operands, settings, block);
        return blockGradients(
          takePairs(dy, block),
          taken.operands,
          taken.settings,
          taken.firstPair,
        );
      },
    );
  }
  return [query, key, value, ...(bias ? [bias] : [])].map(({ shape }, n) =>
    joinAs(gradients[n]!.flat(), shape),
  );
}

function blockOutput(operands: Operands, settings: Settings, firstPair: number): Tensor {
  const outputs = partsOf(operands, settings, firstPair).map((part) =>
    tidy(() => {
      const { query, key, value, options } = chunkOf(operands, settings, part);
      if (part.keys === 0) return zeros([...query.shape.slice(0, 3), value.shape[3]!]);
      return mixReference(weightsReference(query, key, options), value, options);
    }),
  );
  return joinAlong(outputs, 2);
}

function blockGradients(
  dy: Tensor,
  operands: Operands,
  settings: Settings,
  firstPair: number,
): Tensor[] {
  const { bias } = operands;
  // A bias with an axis of queries gets each of its rows from one part, as query does.
  const byQuery = bias !== undefined && (bias.shape.at(-2) ?? 1) > 1;
  const gradients: Pieces = [];
  for (const [n, part] of partsOf(operands, settings, firstPair).entries()) {
    gather(
      gradients,
      (operand) => (operand === 0 || (operand === 3 && byQuery) ? n : 0),
      () => partGradients(dy, operands, settings, part),
    );
  }
  return gradients.map((pieces, n) => joinAlong(pieces, n === 3 ? Math.max(0, bias!.rank - 2) : 2));
}

/** What one part gives: its rows of dQuery, all of dKey and dValue, its rows of dBias or all. */
function partGradients(
  dy: Tensor,
  operands: Operands,
  settings: Settings,
  part: ScorePart,
): Tensor[] {
  const { query, key, value, options } = chunkOf(operands, settings, part);
  const { bias } = operands;
  if (part.keys === 0) {
    const ofBias = bias && partShape(bias.shape, { ...part, keys: part.sizes.keys });
    const shapes = [query.shape, operands.key.shape, operands.value.shape];
    return [...shapes, ...(ofBias ? [ofBias] : [])].map((shape) => zeros(shape));
  }
  const weights = weightsReference(query, key, options);
  const rows = sliceAxis(dy, 2, part.query, part.queries);
  const gradients = attentionGradReference({ dy: rows, weights, query, key, value }, options);
  return gradients.map((gradient, n) => {
    const axis = n === 3 ? gradient.rank - 1 : 2;
    const hasKeys = n === 3 ? (bias!.shape.at(-1) ?? 1) > 1 : n > 0;
    return hasKeys ? amongKeys(gradient, axis, part) : gradient;
  });
}

/** One part's operands, and the options that say which part it is. */
function chunkOf({ query, key, value, bias }: Operands, settings: Settings, part: ScorePart) {
  return {
    query: sliceAxis(query, 2, part.query, part.queries),
    key: sliceAxis(key, 2, part.key, part.keys),
    value: sliceAxis(value, 2, part.key, part.keys),
    options: { ...settings, bias, part },
  };
}

/** Cuts the scores into parts of some queries each. */
function partsOf(
  { query, key }: Operands,
  { mask, scoreBytes }: Settings,
  firstPair: number,
): ScorePart[] {
  const [batch, heads, queries] = query.shape as [number, number, number, number];
  const keys = key.shape[2]!;
  const whole = { ...wholeOf({ batch, heads, queries, keys }), firstPair };
  const rows = Math.max(1, Math.floor(scoreBytes / 4 / (4 * batch * heads * keys)));
  return Array.from({ length: Math.ceil(queries / rows) }, (_, n) =>
    partOf(mask, whole, n * rows, Math.min(rows, queries - n * rows)),
  );
}

/** Zeros for the keys before and after a part's. */
function amongKeys(gradient: Tensor, axis: number, { sizes, key, keys }: ScorePart): Tensor {
  if (keys === sizes.keys) return gradient;
  const around: [number, number] = [key, sizes.keys - key - keys];
  return pad(
    gradient,
    gradient.shape.map((_, n): [number, number] => (n === axis ? around : [0, 0])),
  );
}
