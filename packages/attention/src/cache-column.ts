import {
  clone,
  concat,
  gather,
  keep,
  slice,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";

/**
 * One whole number a token that a cache remembers beside keys and values, such as its position:
 * int32 [batch, length]. Holds nothing until the first is told.
 */
export class CacheColumn {
  #numbers: Tensor2D | undefined;
  /** How many tokens the cache held when the first number was told. */
  #since = 0;

  /** [batch, length]; stays the column's. Undefined where nothing was told. */
  get numbers(): Tensor2D | undefined {
    return this.#numbers;
  }

  /**
   * Takes in the numbers of the next tokens. Runs in a tidy.
   *
   * @param numbers int32 [batch, tokens]
   * @param held Tokens that the cache holds without them.
   * @param earlier Makes the numbers [batch, held] of tokens before the first that were told; not
   *   needed where that is the cache's first.
   */
  append(numbers: Tensor2D, held: number, earlier?: (held: number) => Tensor2D): void {
    if (!this.#numbers) this.#since = held;
    const before = this.#numbers ?? (held > 0 ? earlier?.(held) : undefined);
    this.#replace(before ? concat([before, numbers], 1) : clone(numbers));
  }

  /** Forgets what was told of the tokens from a place on. */
  truncate(length: number): void {
    if (!this.#numbers || length >= this.#numbers.shape[1]) return;
    if (length <= this.#since) this.dispose();
    else this.#replace(slice(this.#numbers, [0, 0], [-1, length]));
  }

  /** Takes rows of the batch, in the order given. */
  reorder(rows: Tensor1D): void {
    if (this.#numbers) this.#replace(gather(this.#numbers, rows));
  }

  dispose(): void {
    this.#numbers?.dispose();
    this.#numbers = undefined;
  }

  #replace(next: Tensor2D): void {
    this.#numbers?.dispose();
    this.#numbers = keep(next);
  }
}
