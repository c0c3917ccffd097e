import {
  add,
  cast,
  concat,
  div,
  keep,
  matMul,
  moments,
  mul,
  oneHot,
  ones,
  pow,
  randomNormal,
  reshape,
  type Scalar,
  slice,
  split,
  sqrt,
  losses as stockLosses,
  sub,
  type Tensor,
  type Tensor2D,
  tanh,
  tidy,
  transpose,
  type Variable,
  variable,
} from "@tensorflow/tfjs-core";
import type { BenchConfig } from "../configs";
import { attend, causalMask } from "./attention";

/** Keys and values of one block so far, each [1, heads, tokens, headDim]. */
interface BlockCache {
  key: Tensor;
  value: Tensor;
}

type Cache = BlockCache[];

/**
 * The GPT of the benchmarks in plain TensorFlow.js operations, as one writes it without a package for
 * Transformers: pre-norm, no biases, learned positions, tanh GELU, logits from the embedding's table.
 * Ids become rows of the table through a one-hot product, which is what has a gradient everywhere.
 */
export class StockGpt {
  readonly embedding: Variable;
  readonly positions: Variable;
  readonly finalGain: Variable;
  readonly blocks: Record<"norm1" | "qkv" | "out" | "norm2" | "expand" | "contract", Variable>[];
  private readonly mask: Tensor2D;

  constructor(readonly config: BenchConfig) {
    const { vocabSize, length, layers, dModel } = config;
    const normal = (shape: number[], deviation = 0.02) =>
      tidy(() => variable(randomNormal(shape, 0, deviation)));
    const gain = () => tidy(() => variable(ones([dModel])));
    const residual = 0.02 / Math.sqrt(2 * layers);
    this.embedding = normal([vocabSize, dModel]);
    this.positions = normal([length, dModel]);
    this.finalGain = gain();
    this.blocks = Array.from({ length: layers }, () => ({
      norm1: gain(),
      qkv: normal([dModel, 3 * dModel]),
      out: normal([dModel, dModel], residual),
      norm2: gain(),
      expand: normal([dModel, 4 * dModel]),
      contract: normal([4 * dModel, dModel], residual),
    }));
    this.mask = causalMask(length);
  }

  variables(): Variable[] {
    const { embedding, positions, finalGain, blocks } = this;
    return [embedding, positions, finalGain, ...blocks.flatMap((block) => Object.values(block))];
  }

  /** The mean cross-entropy of each token of [batch, length + 1] but the first. */
  loss(tokens: Tensor2D): Scalar {
    const { vocabSize, length, batch } = this.config;
    const ids = slice(tokens, [0, 0], [batch, length]);
    const targets = slice(tokens, [0, 1], [batch, length]);
    return stockLosses.softmaxCrossEntropy(hot(targets, vocabSize), this.logits(ids)) as Scalar;
  }

  /** [batch, length] to [batch · length, vocab] */
  private logits(ids: Tensor): Tensor {
    const { vocabSize, length, heads, dModel, batch } = this.config;
    const shape = [batch, length, dModel];
    const embedded = reshape(matMul(hot(ids, vocabSize), this.embedding), shape);
    let x = reshape(add(embedded, this.positions), [batch * length, dModel]);
    const split = (t: Tensor) =>
      transpose(reshape(t, [batch, length, heads, dModel / heads]), [0, 2, 1, 3]);
    for (const block of this.blocks) {
      const [query, key, value] = this.projected(x, block.norm1, block.qkv).map(split);
      const mixed = transpose(attend(query!, key!, value!, this.mask), [0, 2, 1, 3]);
      x = add(x, matMul(reshape(mixed, [batch * length, dModel]), block.out));
      x = add(x, feedForward(x, block));
    }
    return matMul(norm(x, this.finalGain), this.embedding, false, true);
  }

  /**
   * Logits [1, vocab] of what follows one token at one position. The cache grows by it.
   */
  next(token: number, position: number, cache: Cache): Tensor {
    const { heads, dModel } = this.config;
    const row = (table: Tensor, n: number) => slice(table, [n, 0], [1, dModel]);
    let x = add(row(this.embedding, token), row(this.positions, position));
    for (const [n, block] of this.blocks.entries()) {
      const [query, newKey, newValue] = this.projected(x, block.norm1, block.qkv).map((t) =>
        reshape(t, [1, heads, 1, dModel / heads]),
      );
      const before = cache[n];
      const key = keep(before ? concat([before.key, newKey!], 2) : newKey!);
      const value = keep(before ? concat([before.value, newValue!], 2) : newValue!);
      before?.key.dispose();
      before?.value.dispose();
      cache[n] = { key, value };
      x = add(x, matMul(reshape(attend(query!, key, value), [1, dModel]), block.out));
      x = add(x, feedForward(x, block));
    }
    return matMul(norm(x, this.finalGain), this.embedding, false, true);
  }

  private projected(x: Tensor, gain: Tensor, kernel: Tensor): Tensor[] {
    return split(matMul(norm(x, gain), kernel), 3, -1);
  }
}

/** Not float at once: tfjs 4.22.0's wasm backend gets that wrong. */
function hot(ids: Tensor, classes: number): Tensor {
  return cast(oneHot(reshape(ids, [-1]), classes), "float32");
}

function norm(x: Tensor, gain: Tensor): Tensor {
  const { mean, variance } = moments(x, -1, true);
  return mul(div(sub(x, mean), sqrt(add(variance, 1e-5))), gain);
}

function feedForward(x: Tensor, { norm2, expand, contract }: StockGpt["blocks"][number]): Tensor {
  return matMul(gelu(matMul(norm(x, norm2), expand)), contract);
}

function gelu(x: Tensor): Tensor {
  const inner = mul(add(x, mul(pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}
