import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { slice, squeeze, tidy } from "@tensorflow/tfjs-core";
import { causal } from "@tx/attention";
import { Module, normal, type Rng, spanOf, xavierUniform } from "@tx/core";
import { Embeddings, Encoder, sample, standardBlock, TiedHead } from "@tx/model";
import { LayerNorm } from "@tx/norm";
import { sinusoidal } from "@tx/positional";
import { type IntRows, rowsTensor } from "@tx/training";

/** A stack of blocks that reads with a causal mask or with none: a Decoder always has one. */
export class Reader extends Module {
  readonly embedding: Embeddings;
  readonly encoder: Encoder;
  readonly head: TiedHead;

  constructor(sizes: {
    vocabSize: number;
    dModel: number;
    heads: number;
    layers: number;
    rng: Rng;
  }) {
    super();
    const { vocabSize, dModel, heads, layers, rng } = sizes;
    const init = xavierUniform(rng);
    const table = normal(dModel ** -0.5, rng);
    this.embedding = new Embeddings({ vocabSize, dModel, scaled: true, init: table, rng });
    this.encoder = new Encoder({
      blocks: Array.from({ length: layers }, () => standardBlock({ dModel, heads, init, rng })),
      ...{ positional: sinusoidal({ dModel }), norm: new LayerNorm(dModel) },
    });
    this.head = new TiedHead(this.embedding.table);
  }

  /**
   * @param ids int32 [batch, seq]
   * @param masked Whether later tokens are hidden.
   * @returns Logits, [batch, seq, vocab].
   */
  forward(ids: Tensor2D, masked: boolean): Tensor3D {
    return tidy(() => {
      const { positional } = this.encoder;
      const span = spanOf(ids.shape[1]);
      const x = this.embedding.forward(ids, { positional, span });
      const mask = masked ? causal() : undefined;
      return this.head.forward(this.encoder.forward(x, { span, mask }));
    });
  }

  /**
   * Texts that go on from a token, drawn token by token; each time all is read again.
   *
   * @returns The new tokens of each text.
   */
  async continued(
    first: number,
    { texts, tokens, masked, rng }: { texts: number; tokens: number; masked: boolean; rng: Rng },
  ): Promise<number[][]> {
    const said = Array.from({ length: texts }, () => [first]);
    for (let place = 1; place <= tokens; place++) {
      const rows: IntRows = { values: Int32Array.from(said.flat()), shape: [texts, place] };
      const last = tidy(() => {
        const logits = this.forward(rowsTensor(rows), masked);
        return squeeze<Tensor2D>(slice(logits, [0, place - 1, 0], [texts, 1, -1]), [1]);
      });
      const logits = await last.array();
      last.dispose();
      for (const [n, text] of said.entries()) text.push(sample(logits[n]!, { rng }));
    }
    return said.map((text) => text.slice(1));
  }
}
