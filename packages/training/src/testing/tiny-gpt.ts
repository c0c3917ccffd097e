import {
  add,
  range,
  reshape,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor2d,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { Dropout, Embedding, Linear, Module, normal, ones, parameter, Rng } from "@tx/core";
import { attention, gelu, layerNorm, matMul } from "@tx/ops";
import { causalLoss } from "../index";

const [VOCAB, LENGTH, D_MODEL, HEADS, BATCH] = [7, 5, 6, 2, 3];

class TinyBlock extends Module {
  readonly attentionGain = parameter([D_MODEL], ones);
  readonly feedForwardGain = parameter([D_MODEL], ones);
  readonly joint: Linear;
  readonly output: Linear;
  readonly expand: Linear;
  readonly contract: Linear;

  constructor(
    readonly dropout: Dropout,
    rng: Rng,
  ) {
    super();
    const init = normal(0.3, rng);
    this.joint = new Linear(D_MODEL, 3 * D_MODEL, { init });
    this.output = new Linear(D_MODEL, D_MODEL, { init });
    this.expand = new Linear(D_MODEL, 4 * D_MODEL, { init });
    this.contract = new Linear(4 * D_MODEL, D_MODEL, { init });
  }

  forward(x: Tensor3D): Tensor3D {
    const attended = this.#attend(layerNorm(x, this.attentionGain as Tensor as Tensor1D));
    const middle: Tensor3D = add(x, this.dropout.forward(attended));
    const normed = layerNorm(middle, this.feedForwardGain as Tensor as Tensor1D);
    const wide: Tensor3D = this.expand.forward(normed);
    const fed: Tensor3D = this.contract.forward(gelu(wide, "tanh"));
    return add(middle, this.dropout.forward(fed));
  }

  #attend(x: Tensor3D): Tensor3D {
    const [batch, seq] = x.shape;
    const width = D_MODEL / HEADS;
    const features: Tensor4D = reshape(this.joint.forward(x), [batch, seq, 3 * HEADS, width]);
    const split = transpose(features, [0, 2, 1, 3]);
    const part = (n: number) => slice(split, [0, n * HEADS, 0, 0], [batch, HEADS, seq, width]);
    const options = { mask: { causal: true }, dropout: this.dropout.next() };
    const mixed = transpose(attention(part(0), part(1), part(2), options), [0, 2, 1, 3]);
    return this.output.forward(reshape(mixed, x.shape));
  }
}

/** A GPT of what lies on the floors below: table used twice, dropout everywhere. */
export class TinyGpt extends Module {
  readonly embedding: Embedding;
  readonly positions: Embedding;
  readonly dropout: Dropout;
  readonly blocks: TinyBlock[];
  /** Of the first weights, then of dropout. */
  readonly rng: Rng;

  /** What runs a block. */
  around = (block: (x: Tensor3D) => Tensor3D): ((x: Tensor3D) => Tensor3D) => block;

  constructor({ layers = 2, dropout = 0.1, seed = 3 } = {}) {
    super();
    const rng = new Rng(seed);
    this.rng = rng;
    const init = normal(0.3, rng);
    this.embedding = new Embedding(VOCAB, D_MODEL, { init });
    this.positions = new Embedding(LENGTH, D_MODEL, { init });
    this.dropout = new Dropout(dropout, rng);
    this.blocks = Array.from({ length: layers }, () => new TinyBlock(this.dropout, rng));
  }

  /** Logits [batch, seq, vocab] of ids [batch, seq]. */
  forward(ids: Tensor2D): Tensor3D {
    return tidy(() => {
      const places = this.positions.forward<Tensor2D>(range(0, ids.shape[1], 1, "int32"));
      const embedded = this.dropout.forward(add(this.embedding.forward<Tensor3D>(ids), places));
      const stream = this.blocks.reduce(
        (x, block) => this.around((x) => block.forward(x))(x),
        embedded as Tensor3D,
      );
      return matMul<Tensor3D>(layerNorm(stream), this.embedding.table, { transposeB: true });
    });
  }

  readonly loss = (tokens: Tensor2D) => causalLoss((ids) => this.forward(ids), tokens);
}

/** Tokens [batch, length + 1]; each row counts on in strides of its own. */
export const tinyTokens = (start = 0): Tensor2D =>
  tensor2d(
    Array.from({ length: BATCH }, (_, row) =>
      Array.from({ length: LENGTH + 1 }, (_, i) => (start + i * (row + 1)) % VOCAB),
    ),
    undefined,
    "int32",
  );
