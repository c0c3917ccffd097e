import {
  add,
  cast,
  cumsum,
  fill,
  notEqual,
  range,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { checkShapes } from "@tx/core";
import { CacheColumn } from "./cache-column";

/** What may be told of tokens beside their keys and values. */
export interface TokenFacts {
  /** bool [batch, tokens]: false hides a token from every query from now on, as padding. */
  visible?: Tensor2D | undefined;
  /** int32 [batch, tokens]: explicit positions. Default: they follow one another. */
  positions?: Tensor2D | undefined;
  /** int32 [batch, tokens]: the number of each token's document. */
  documents?: Tensor2D | undefined;
}

/** The facts of all tokens that a cache holds. */
export class HeldFacts {
  readonly #visible = new CacheColumn();
  readonly #positions = new CacheColumn();
  readonly #documents = new CacheColumn();

  /** bool [batch, length], the caller's; undefined if all may be seen. */
  visible(): Tensor2D | undefined {
    const { numbers } = this.#visible;
    return numbers && tidy(() => notEqual(numbers, 0) as Tensor2D);
  }

  /** Whether any were told. */
  get some(): boolean {
    return (
      (this.#visible.numbers ?? this.#positions.numbers ?? this.#documents.numbers) !== undefined
    );
  }

  /** int32 [batch, length]; undefined if none were told. */
  get positions(): Tensor2D | undefined {
    return this.#positions.numbers;
  }

  /** int32 [batch, length]; undefined if none were told. */
  get documents(): Tensor2D | undefined {
    return this.#documents.numbers;
  }

  /**
   * @param held Tokens held already.
   * @throws ShapeError if facts are not [batch, tokens]; RangeError if positions or documents are
   *   told of some tokens and not of others.
   */
  check(facts: TokenFacts, batch: number, tokens: number, held: number): void {
    if (!this.some && !(facts.visible ?? facts.positions ?? facts.documents)) return;
    for (const [name, tensor] of Object.entries(facts) as [string, Tensor2D | undefined][]) {
      if (tensor) checkShapes([name, tensor, `${batch} ${tokens}`]);
    }
    if (held === 0) return;
    for (const name of ["positions", "documents"] as const) {
      const [wanted, got] = [this[name], facts[name]].map((told) => (told ? "some" : "none"));
      if (wanted !== got) {
        throw new RangeError(
          `${name}: expected ${wanted}, as of the ${held} tokens before, got ${got}`,
        );
      }
    }
  }

  /** Takes in the facts of the next tokens, once checked. */
  append(facts: TokenFacts, batch: number, tokens: number, held: number): void {
    const { visible, positions, documents } = facts;
    if (!(visible ?? positions ?? documents ?? this.#visible.numbers)) return;
    tidy(() => {
      const shown = (count: number) => fill([batch, count], 1, "int32") as Tensor2D;
      if (facts.visible ?? this.#visible.numbers) {
        const visible = facts.visible ? cast(facts.visible, "int32") : shown(tokens);
        this.#visible.append(visible, held, shown);
      }
      if (facts.positions) this.#positions.append(facts.positions, held);
      if (facts.documents) this.#documents.append(facts.documents, held);
    });
  }

  /** See {@link KeyValueCache.nextPositions}. */
  next(batch: number, tokens: number, length: number, visible: Tensor2D | undefined): Tensor2D {
    if (visible) checkShapes(["visible", visible, `${batch} ${tokens}`]);
    return tidy(() => {
      const held = this.#visible.numbers;
      const before: Tensor = held ? sum(held, 1, true) : fill([batch, 1], length, "int32");
      const steps: Tensor = visible
        ? cumsum(cast(visible, "int32"), 1, true)
        : reshape(range(0, tokens, 1, "int32"), [1, tokens]);
      return cast(add(before, steps), "int32") as Tensor2D;
    });
  }

  truncate(length: number): void {
    for (const column of this.#columns()) column.truncate(length);
  }

  reorder(rows: Tensor1D): void {
    for (const column of this.#columns()) column.reorder(rows);
  }

  dispose(): void {
    for (const column of this.#columns()) column.dispose();
  }

  #columns(): CacheColumn[] {
    return [this.#visible, this.#positions, this.#documents];
  }
}
