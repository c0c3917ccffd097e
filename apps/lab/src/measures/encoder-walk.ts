import {
  add,
  matMul,
  moments,
  mul,
  relu,
  reshape,
  softmax,
  sqrt,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import type { FeedForward } from "@tx/ffn";
import type { MaskedLanguageModel } from "@tx/model";
import { type Text, text } from "../experiment/experiment";

/** One step of the walk: what is computed, and what its numbers are like. */
export interface Step {
  readonly what: Text;
  readonly code: string;
  readonly shape: readonly number[];
  readonly mean: number;
  readonly deviation: number;
}

export interface Walk {
  readonly steps: Step[];
  /** Largest difference between the first layer by hand and what its block computes. */
  readonly difference: number;
}

/**
 * Walks tokens through the first layer of an encoder with norms after its sub-layers, by hand, from
 * the very weights of the model's parts.
 *
 * @param ids int32 [1, seq]
 */
export async function encoderWalk(model: MaskedLanguageModel, ids: Tensor2D): Promise<Walk> {
  const noted: { what: Text; code: string; shape: number[] }[] = [];
  const numbers: Tensor[] = [];
  const note = <T extends Tensor>(what: Text, code: string, tensor: T): T => {
    const { mean, variance } = moments(tensor);
    noted.push({ what, code, shape: [...tensor.shape] });
    numbers.push(mean, sqrt(variance));
    return tensor;
  };
  const all = tidy(() => {
    const last = firstLayer(model, ids, note);
    const hidden: Tensor3D[] = [];
    const logits = model.forward(ids, { inspect: { hidden } });
    note(text("all layers", "全部各层"), "encoder.forward(x)", hidden.at(-1)!);
    note(text("logits of every word", "每个词的 logits"), "x · tableᵀ", logits);
    return [...numbers, sub(last, hidden[1]!)];
  });
  try {
    const read = await Promise.all(all.map(async (tensor) => [...(await tensor.data())]));
    return {
      steps: noted.map((step, n) => ({
        ...step,
        mean: read[2 * n]![0]!,
        deviation: read[2 * n + 1]![0]!,
      })),
      difference: Math.max(...read.at(-1)!.map(Math.abs)),
    };
  } finally {
    for (const tensor of all) tensor.dispose();
  }
}

type Note = <T extends Tensor>(what: Text, code: string, tensor: T) => T;

function firstLayer(model: MaskedLanguageModel, ids: Tensor2D, note: Note): Tensor3D {
  const { embedding, positional } = model;
  const { attention, attentionResidual, feedForward, feedForwardResidual } =
    model.encoder.blocks[0]!;
  const { heads, headDim } = attention;
  const { expand, contract } = feedForward as FeedForward;
  const seq = ids.shape[1];
  const split = (x: Tensor) => transpose(reshape(x, [1, seq, heads, headDim]), [0, 2, 1, 3]);

  note(text("tokens", "词元"), "ids", ids);
  const tokens = note(
    text("embedding, times √dModel", "词嵌入，乘以 √dModel"),
    "table[ids] · √dModel",
    embedding.forward(ids),
  );
  const x = note(
    text("with positions", "加上位置编码"),
    "x + PE",
    positional!.embed!(tokens, spanOf(seq)),
  );
  const query = note(
    text("queries of each head", "各头的查询"),
    "split(x · Wq)",
    split(attention.query.forward(x)),
  );
  const key = note(
    text("keys of each head", "各头的键"),
    "split(x · Wk)",
    split(attention.key.forward(x)),
  );
  const value = note(
    text("values of each head", "各头的值"),
    "split(x · Wv)",
    split(attention.value.forward(x)),
  );
  const scores = note(
    text("scores", "分数"),
    "Q · Kᵀ / √d_k",
    mul(matMul(query, key, false, true), 1 / Math.sqrt(headDim)),
  );
  const weights = note(text("weights", "权重"), "softmax(scores)", softmax(scores));
  const mixed = note(
    text("values, mixed", "按权重混合的值"),
    "weights · V",
    matMul(weights, value),
  );
  const merged = reshape(transpose(mixed, [0, 2, 1, 3]), [1, seq, heads * headDim]);
  const attended = note(
    text("heads together, projected", "各头拼接并投影"),
    "merge(heads) · Wo",
    attention.output.forward(merged),
  );
  const normed = note(
    text("add and norm", "残差相加并归一化"),
    "norm(x + attention)",
    attentionResidual.norm!.forward(add(x, attended)) as Tensor3D,
  );
  const inner = note(
    text("within the feed-forward", "前馈网络内部"),
    "relu(x · W1 + b1)",
    relu(expand.forward(normed)),
  );
  const fed = note(text("feed-forward", "前馈网络"), "inner · W2 + b2", contract.forward(inner));
  return note(
    text("add and norm", "残差相加并归一化"),
    "norm(x + feed-forward)",
    feedForwardResidual.norm!.forward(add(normed, fed)) as Tensor3D,
  );
}
