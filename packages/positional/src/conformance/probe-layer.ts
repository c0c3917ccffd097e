import {
  add,
  mul,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor2d,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import {
  checkShapes,
  type Mask,
  type Positional,
  registerGradients,
  type ScoreContext,
  type Span,
} from "@tx/core";
import { maskedSoftmax, matMul } from "@tx/ops";
import { type ConformanceSizes, noise, ofLayer } from "./subject";

/** One call of the layer. */
export interface ProbeCall {
  /** [batch, keys, dModel]: hidden states of the keys, of which the queries are the last. */
  readonly hidden: Tensor3D;
  readonly span: Span;
  /** Default: causal. */
  readonly mask?: Mask | undefined;
  /** Default 0. */
  readonly layer?: number | undefined;
}

/**
 * One layer of attention with fixed weights, written out plainly: every hook of a strategy at the
 * place that the contract gives it, and nothing else, so that what differs is the strategy's doing.
 */
export class ProbeLayer {
  constructor(readonly sizes: ConformanceSizes) {
    registerGradients();
  }

  /**
   * @returns [batch, heads, queries, headDim]
   * @throws ShapeError if a hook gives something of another shape; what the strategy throws.
   */
  forward(strategy: Positional, call: ProbeCall): Tensor4D {
    const { hidden, span, mask = { causal: true }, layer = 0 } = call;
    const own = ofLayer(strategy, layer);
    return tidy(() => {
      const asking = slice(hidden, [0, span.k.len - span.q.len, 0], [-1, span.q.len, -1]);
      const asked = embedded(strategy, asking, span);
      const known = embedded(strategy, hidden, { q: span.k, k: span.k });
      const query = turned(own, "q", this.#heads(asked, 1), span);
      const key = turned(own, "k", this.#heads(known, 2), span);
      const value = this.#heads(known, 3);
      const scale = 1 / Math.sqrt(this.sizes.headDim);
      const context: ScoreContext = { query, key, scale, mask, span, layer };
      const weights = maskedSoftmax(this.#scores(own, context), { mask });
      const output: Tensor4D = matMul(weights, value);
      const changed = own.values?.(output, weights, context) ?? output;
      checkShapes(["values", changed, output.shape.join(" ")]);
      return changed;
    });
  }

  #scores(strategy: Positional, context: ScoreContext): Tensor4D {
    const { query, key, scale, span, layer } = context;
    const { heads } = this.sizes;
    let scores: Tensor4D = matMul(mul(query, scale), key, { transposeB: true });
    const shape = scores.shape.join(" ");
    const bias = strategy.bias?.(heads, span, layer);
    if (bias) {
      scores = add(scores, bias);
      checkShapes(["scores + bias", scores, shape]);
    }
    if (!strategy.scores) return scores;
    const changed = strategy.scores(scores, context);
    checkShapes(["scores", changed, shape]);
    return changed;
  }

  /** Projects by fixed weights, [batch, seq, dModel] to [batch, heads, seq, headDim]. */
  #heads(x: Tensor3D, seed: number): Tensor4D {
    const { dModel, heads, headDim } = this.sizes;
    const [batch, seq] = x.shape;
    const numbers = noise(dModel * heads * headDim, seed).map((n) => n / Math.sqrt(dModel));
    const kernel = tensor2d(numbers, [dModel, heads * headDim]);
    const rows: Tensor2D = matMul(reshape(x, [batch * seq, dModel]), kernel as Tensor);
    return transpose(reshape(rows, [batch, seq, heads, headDim]), [0, 2, 1, 3]) as Tensor4D;
  }
}

function embedded(strategy: Positional, x: Tensor3D, span: Span): Tensor3D {
  const y = strategy.embed?.(x, span) ?? x;
  checkShapes(["embed", y, x.shape.join(" ")]);
  return y;
}

function turned(strategy: Positional, side: "q" | "k", t: Tensor4D, span: Span): Tensor4D {
  const y = strategy.rotate?.(t, side, span) ?? t;
  checkShapes([`rotate ${side}`, y, t.shape.join(" ")]);
  return y;
}
