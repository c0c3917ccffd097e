import { add, concat, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import type { AttendOptions, KeyValueCache, MultiHeadAttention } from "@tx/attention";
import { type Mask, Module, type Positional, type Span } from "@tx/core";
import type { MixtureOutput } from "@tx/ffn";
import { type Inspection, tidyInspected } from "./inspection";
import type { Residual } from "./residual";

/** A feed-forward of any making: FeedForward, GatedFeedForward, MixtureOfExperts or one's own. */
export type FeedForwardPart = Module & {
  /** Set where forward adds `residual` itself; for any other part the block does. */
  readonly addsResidual?: boolean | undefined;
  /**
   * @param x [batch, seq, dModel]
   * @param options.residual [batch, seq, dModel], only for a part that adds it.
   * @param options.mask [batch, seq], bool: false for padding.
   * @returns [batch, seq, dModel], for a mixture of experts with its losses.
   */
  forward(
    x: Tensor3D,
    options?: { residual?: Tensor3D | undefined; mask?: Tensor2D | undefined },
  ): Tensor3D | MixtureOutput;
};

/** The parts of a block, as they are injected: each sub-layer and what is around it. */
export interface BlockParts {
  attention: MultiHeadAttention;
  attentionResidual: Residual;
  /** Reads what an encoder made; undefined in a block that reads its own stream only. */
  crossAttention?: MultiHeadAttention | undefined;
  crossResidual?: Residual | undefined;
  feedForward: FeedForwardPart;
  feedForwardResidual: Residual;
}

export interface BlockCall {
  /** Which keys each query of self-attention may attend to. Default: all. */
  mask?: Mask | undefined;
  /** bool [batch, seq]: false for padding, which experts and norms over the batch leave out. */
  visible?: Tensor2D | undefined;
  /** Strategy whose rotate, bias, scores and values self-attention applies. */
  positional?: Positional | undefined;
  /** Where queries and keys sit. Default: both start at 0, the queries at the keys' end. */
  span?: Span | undefined;
  /** Number of the block, for strategies that differ by layer. Default 0. */
  layer?: number | undefined;
  /** Keys and values of earlier tokens, of `newCache(attention, …)`; see AttendOptions. */
  cache?: KeyValueCache | undefined;
  /** [batch, earlier, dModel], what this block read in earlier segments: more keys, before x. */
  earlier?: Tensor3D | undefined;
  /** What cross-attention reads, [batch, keys, keyDim]. Needed with it, or crossCache. */
  memory?: Tensor3D | undefined;
  /** Which of the memory's keys each query may attend to. Default: all. */
  memoryMask?: Mask | undefined;
  /** Keys and values of the memory, of `keyValuesOf(crossAttention, …)`, in the place of memory. */
  crossCache?: KeyValueCache | undefined;
  /** What is to be noted down: the maps of attention, the losses of experts. */
  inspect?: Inspection | undefined;
}

/**
 * One layer of a Transformer: attention, cross-attention where it has one, feed-forward, each with
 * what is around it. {@link standardBlock} makes the usual ones.
 */
export class Block extends Module {
  readonly attentionResidual: Residual;
  readonly attention: MultiHeadAttention;
  readonly crossResidual: Residual | undefined;
  readonly crossAttention: MultiHeadAttention | undefined;
  readonly feedForwardResidual: Residual;
  readonly feedForward: FeedForwardPart;

  /** @throws RangeError if cross-attention comes without what is around it, or the other way round. */
  constructor(parts: BlockParts) {
    super();
    if (!parts.crossAttention !== !parts.crossResidual) {
      const [got, missing] = parts.crossAttention
        ? ["crossAttention", "crossResidual"]
        : ["crossResidual", "crossAttention"];
      throw new RangeError(`${missing}: expected one beside ${got}, got none`);
    }
    this.attentionResidual = parts.attentionResidual;
    this.attention = parts.attention;
    this.crossResidual = parts.crossResidual;
    this.crossAttention = parts.crossAttention;
    this.feedForwardResidual = parts.feedForwardResidual;
    this.feedForward = parts.feedForward;
  }

  /**
   * @param x [batch, seq, dModel]
   * @returns [batch, seq, dModel]
   * @throws ShapeError if x, a mask or a memory does not fit; RangeError if cross-attention has
   *   nothing to read or two things, or a block without it is given something.
   */
  forward(x: Tensor3D, call: BlockCall = {}): Tensor3D {
    const { visible, inspect } = call;
    checkSources(this.crossAttention !== undefined, call);
    return tidyInspected(inspect, () => {
      const attended = this.attentionResidual.forward(
        x,
        (input, residual) => this.#attend(input, residual, call),
        visible,
      );
      const crossed = this.crossResidual
        ? this.crossResidual.forward(
            attended,
            (input, residual) => this.#cross(input, residual, call),
            visible,
          )
        : attended;
      return this.feedForwardResidual.forward(
        crossed,
        (input, residual) => this.#feed(input, residual, call),
        visible,
      );
    });
  }

  #attend(input: Tensor3D, residual: Tensor3D | undefined, call: BlockCall): Tensor3D {
    const { mask, positional, span, layer, cache, earlier, inspect } = call;
    const key = earlier && concat([this.attentionResidual.input(earlier), input], 1);
    const options = { mask, positional, span, layer, cache, key, residual };
    return attended(this.attention, input, options, looksAt(inspect, layer)?.attention);
  }

  #cross(input: Tensor3D, residual: Tensor3D | undefined, call: BlockCall): Tensor3D {
    const { memory, memoryMask: mask, layer, crossCache: cache, inspect } = call;
    const options = { key: cache ? undefined : memory, mask, layer, cache, residual };
    const maps = looksAt(inspect, layer)?.crossAttention;
    return attended(this.crossAttention!, input, options, maps);
  }

  #feed(input: Tensor3D, residual: Tensor3D | undefined, call: BlockCall): Tensor3D {
    const { feedForward } = this;
    const adds = feedForward.addsResidual === true;
    const options = { residual: adds ? residual : undefined, mask: call.visible };
    const made = feedForward.forward(input, options);
    let output: Tensor3D;
    if ("output" in made) {
      const { balanceLoss, zLoss } = made;
      call.inspect?.losses?.push({ balanceLoss, zLoss });
      output = made.output;
    } else {
      output = made;
    }
    return residual && !adds ? add(residual, output) : output;
  }
}

/** The inspection if it looks at the attention of a layer. */
function looksAt(inspect: Inspection | undefined, layer = 0): Inspection | undefined {
  return inspect?.layers?.includes(layer) === false ? undefined : inspect;
}

function attended(
  attention: MultiHeadAttention,
  input: Tensor3D,
  options: AttendOptions,
  maps: Inspection["attention"],
): Tensor3D {
  if (!maps) return attention.forward(input, options);
  const { output, weights } = attention.forward(input, { ...options, returnWeights: true });
  maps.push(weights);
  return output;
}

/** @throws RangeError if something to read is missing, there twice, or there for nobody. */
function checkSources(crosses: boolean, call: BlockCall): void {
  const { memory, crossCache, earlier, cache } = call;
  if (earlier && cache) {
    throw new RangeError("earlier: expected none beside a cache of earlier tokens, got some");
  }
  if (memory && crossCache) {
    throw new RangeError("memory: expected none beside a cache that holds it, got one");
  }
  const given = memory !== undefined || crossCache !== undefined;
  if (crosses === given) return;
  throw new RangeError(
    crosses
      ? "memory: expected something for cross-attention to read, got none"
      : "memory: expected none without cross-attention, got one",
  );
}
