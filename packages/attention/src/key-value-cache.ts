import {
  gather,
  keep,
  slice,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  tidy,
  util,
  zeros,
} from "@tensorflow/tfjs-core";
import { checkCount, checkShapes } from "@tx/core";
import { writeRows } from "@tx/ops";
import { attendInCache } from "./attend-in-cache";
import { type Call as CachedCall, type KeysAndValues, keysAndValuesIn } from "./cached-call";
import type { MultiHeadAttention } from "./multi-head-attention";
import { HeldFacts, type TokenFacts } from "./token-facts";

export interface KeyValueCacheOptions {
  /** Rows of the batch. Default 1. */
  batch?: number;
  /** Number of key and value heads. */
  kvHeads: number;
  /** Width of a head's keys. */
  headDim: number;
  /** Width of a head's values. Default headDim. */
  valueHeadDim?: number;
  /** Most tokens that it can hold. */
  maxLen: number;
}

/**
 * The keys and values of the tokens that one layer has seen, so that decoding computes only the
 * new tokens'. Room for maxLen tokens is taken at once, [batch, maxLen, kvHeads, headDim], and
 * taking in a token writes that token only, where the backend allows it.
 *
 * Rows of different lengths are padded, left or right; the cache remembers which tokens are hidden,
 * and explicit positions and document numbers where they were told. Whoever makes it disposes it.
 *
 * @see Pope et al. 2023, Efficiently Scaling Transformer Inference, §2.1,
 *   https://arxiv.org/abs/2211.05102
 */
export class KeyValueCache {
  readonly kvHeads: number;
  readonly headDim: number;
  readonly valueHeadDim: number;
  readonly maxLen: number;
  // [batch, maxLen, kvHeads, width]
  #keys: Tensor4D;
  #values: Tensor4D;
  #length = 0;
  #fixed = false;
  readonly #facts = new HeldFacts();

  /** @throws RangeError if a size is not a whole number from 1. */
  constructor(options: KeyValueCacheOptions) {
    const { batch = 1, kvHeads, headDim, valueHeadDim = headDim, maxLen } = options;
    const sizes = { batch, kvHeads, headDim, valueHeadDim, maxLen };
    for (const [name, value] of Object.entries(sizes)) checkCount(name, value);
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.valueHeadDim = valueHeadDim;
    this.maxLen = maxLen;
    this.#keys = keep(zeros([batch, maxLen, kvHeads, headDim]));
    this.#values = keep(zeros([batch, maxLen, kvHeads, valueHeadDim]));
  }

  /** Rows of the batch. */
  get batch(): number {
    return this.#keys.shape[0];
  }

  /** Tokens that it holds, the hidden ones too. */
  get length(): number {
    return this.#length;
  }

  /** Whether it takes in no more, as what cross attention reads. */
  get fixed(): boolean {
    return this.#fixed;
  }

  /** The keys held, [batch, length, kvHeads, headDim]; the caller's. */
  keys(): Tensor4D {
    return this.#held(this.#keys);
  }

  /** The values held, [batch, length, kvHeads, valueHeadDim]; the caller's. */
  values(): Tensor4D {
    return this.#held(this.#values);
  }

  /**
   * All the room, of which the first length tokens are held: keys [batch, maxLen, kvHeads, headDim]
   * and values [batch, maxLen, kvHeads, valueHeadDim]. The cache's own, until the next change of it.
   */
  room(): { keys: Tensor4D; values: Tensor4D } {
    return { keys: this.#keys, values: this.#values };
  }

  /** Which tokens may be seen, bool [batch, length], the caller's; undefined if all. */
  visible(): Tensor2D | undefined {
    return this.#facts.visible();
  }

  /** Whether it remembers anything of its tokens beside their keys and values. */
  get tellsFacts(): boolean {
    return this.#facts.some;
  }

  /** The tokens' positions, int32 [batch, length], the cache's; undefined if none were told. */
  get positions(): Tensor2D | undefined {
    return this.#facts.positions;
  }

  /** The tokens' documents, int32 [batch, length], the cache's; undefined if none were told. */
  get documents(): Tensor2D | undefined {
    return this.#facts.documents;
  }

  /**
   * Positions for the next tokens that count visible tokens only, int32 [batch, tokens]: with padding
   * anywhere, each row goes on from its own length.
   *
   * @param visible bool [batch, tokens]: which of the next ones are no padding. Default: all.
   * @throws ShapeError if visible does not fit.
   */
  nextPositions(tokens: number, visible?: Tensor2D): Tensor2D {
    return this.#facts.next(this.batch, tokens, this.#length, visible);
  }

  /**
   * Takes in the next tokens.
   *
   * @param keys [batch, tokens, kvHeads, headDim]
   * @param values [batch, tokens, kvHeads, valueHeadDim]
   * @throws RangeError if it is fixed, there is no room for them, or facts that earlier tokens have
   *   are missing; ShapeError if something does not fit. Nothing is changed then.
   */
  append(keys: Tensor4D, values: Tensor4D, facts: TokenFacts = {}): void {
    const { batch, kvHeads } = this;
    const tokens = keys.shape[1];
    const ours = [batch, tokens, kvHeads];
    // By hand first, since this runs for each token.
    if (
      !util.arraysEqual(keys.shape, [...ours, this.headDim]) ||
      !util.arraysEqual(values.shape, [...ours, this.valueHeadDim])
    ) {
      checkShapes(
        ["keys", keys, `${batch} tokens ${kvHeads} ${this.headDim}`],
        ["values", values, `${batch} tokens ${kvHeads} ${this.valueHeadDim}`],
      );
    }
    const held = this.#checkRoom(tokens);
    this.#facts.check(facts, batch, tokens, held);
    this.#facts.append(facts, batch, tokens, held);
    this.#keys = replace(this.#keys, keys, held);
    this.#values = replace(this.#values, values, held);
    this.#length = held + tokens;
  }

  /**
   * Takes in the next tokens, whose keys and values somebody has written into {@link room} already.
   *
   * @throws RangeError if it is fixed, there is no room for them, or earlier tokens have facts; nothing
   *   is changed then.
   */
  took(tokens: number): void {
    const held = this.#checkRoom(tokens);
    this.#facts.check({}, this.batch, tokens, held);
    this.#length = held + tokens;
  }

  /**
   * How a layer attends with it in one operation; see {@link MultiHeadAttention.forward}, which asks
   * this. That the cache brings what only decoding needs keeps it out of programs that never decode.
   *
   * @internal
   */
  attend(
    attention: MultiHeadAttention<boolean>,
    x: Tensor3D,
    call: CachedCall,
  ): Tensor3D | undefined {
    return attendInCache(this, attention, x, call);
  }

  /**
   * What a layer attends to with it: as {@link attend}, for the layer's use.
   *
   * @internal
   */
  keysAndValues(
    attention: MultiHeadAttention<boolean>,
    call: CachedCall,
    key: Tensor3D | undefined,
    value: Tensor3D | undefined,
  ): KeysAndValues {
    return keysAndValuesIn(this, attention, call, key, value);
  }

  /** Takes in no more: what it holds is all there is to attend to. */
  fix(): this {
    this.#fixed = true;
    return this;
  }

  /**
   * Forgets the tokens from a place on.
   *
   * @param length Tokens to keep.
   * @throws RangeError if there are not as many.
   */
  truncate(length: number): void {
    if (!(Number.isInteger(length) && length >= 0 && length <= this.#length)) {
      throw new RangeError(`length: expected a whole number to ${this.#length}, got ${length}`);
    }
    this.#length = length;
    this.#facts.truncate(length);
  }

  /**
   * Takes rows of the batch in another order, some perhaps several times and some not at all, as beam
   * search does with the beams that go on. The batch may grow or shrink.
   *
   * @param rows For each new row the old one, from 0.
   * @throws RangeError if there are none, or one is no row of the batch; nothing is changed then.
   */
  reorder(rows: readonly number[]): void {
    if (rows.length === 0) throw new RangeError("rows: expected at least one, got none");
    for (const row of rows) {
      if (!(Number.isInteger(row) && row >= 0 && row < this.batch)) {
        throw new RangeError(`rows: expected whole numbers in [0, ${this.batch}), got ${row}`);
      }
    }
    tidy(() => {
      const order = tensor1d([...rows], "int32");
      const [keys, values] = [this.#keys, this.#values];
      this.#keys = keep(gather(keys, order));
      this.#values = keep(gather(values, order));
      keys.dispose();
      values.dispose();
      this.#facts.reorder(order);
    });
  }

  /** Frees its tensors. */
  dispose(): void {
    this.#keys.dispose();
    this.#values.dispose();
    this.#facts.dispose();
  }

  /** @returns Tokens held; @throws RangeError if it takes in no so many more. */
  #checkRoom(tokens: number): number {
    if (this.#fixed)
      throw new RangeError("cache: expected one that takes in tokens, got a fixed one");
    const held = this.#length;
    if (held + tokens > this.maxLen) {
      throw new RangeError(`cache: expected at most ${this.maxLen} tokens, got ${held + tokens}`);
    }
    return held;
  }

  #held(buffer: Tensor4D): Tensor4D {
    return slice(buffer, [0, 0, 0, 0], [-1, this.#length, -1, -1]);
  }
}

/** The buffer with rows [batch, tokens, heads, width] written from start on; the old one is gone. */
function replace(buffer: Tensor4D, rows: Tensor4D, start: number): Tensor4D {
  const next = keep(writeRows(buffer, rows, { start, overwrite: true, layout: "bshd" }));
  buffer.dispose();
  return next;
}
