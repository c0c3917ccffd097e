import { checkCount, Rng } from "@tx/core";

/** How batches are planned and made. */
export interface BatchSource<Batch> {
  /** What the plan depends on: saved with the place, and compared when it is loaded. */
  readonly settings: Readonly<Record<string, number | boolean>>;
  /** Item numbers of each batch of an epoch; as many batches each time. Random only through rng. */
  plan(rng: Rng): readonly Int32Array[];
  /** The batch of some items. */
  make(items: Int32Array): Batch;
}

/** A place between two batches, as plain JSON. */
export interface BatchesState {
  readonly version: 1;
  /** Epochs that are through. */
  readonly epoch: number;
  /** Batches given in this epoch. */
  readonly position: number;
  /** The random stream's place when this epoch was planned. */
  readonly rng: number;
  readonly settings: Readonly<Record<string, number | boolean>>;
}

/**
 * Batches without an end, epoch after epoch, each planned anew. Its place can be saved: batches after
 * {@link Batches.loadState} are those that would have come.
 */
export class Batches<Batch> {
  readonly #source: BatchSource<Batch>;
  #plan: readonly Int32Array[];
  #epoch = 0;
  #position = 0;
  /** Where the stream was before this epoch's plan, and where it is after. */
  #before: number;
  #after: number;

  /** @throws RangeError if the seed is not a whole number. */
  constructor(source: BatchSource<Batch>, seed = 0) {
    const rng = new Rng(seed);
    this.#source = source;
    this.#before = rng.state;
    this.#plan = source.plan(rng);
    this.#after = rng.state;
  }

  /** Epochs that are through, from 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Batches given in this epoch, from 0 to {@link batchesPerEpoch}. */
  get position(): number {
    return this.#position;
  }

  get batchesPerEpoch(): number {
    return this.#plan.length;
  }

  /** The next batch; after the last of an epoch, the first of another. */
  next(): Batch {
    if (this.#position === this.#plan.length) this.#beginEpoch();
    const batch = this.#source.make(this.#plan[this.#position]!);
    this.#position++;
    return batch;
  }

  /** The batches that are left of this epoch; all of the next one if none are. */
  *restOfEpoch(): Generator<Batch, void, undefined> {
    if (this.#position === this.#plan.length) this.#beginEpoch();
    const { epoch } = this;
    while (this.#epoch === epoch && this.#position < this.#plan.length) yield this.next();
  }

  /** The place after the batches given so far. */
  state(): BatchesState {
    return {
      version: 1,
      epoch: this.#epoch,
      position: this.#position,
      rng: this.#before,
      settings: { ...this.#source.settings },
    };
  }

  /**
   * Goes to a saved place.
   *
   * @throws RangeError if the state is none, or was saved with other settings or data of another
   * size; nothing has changed then.
   */
  loadState(state: BatchesState): void {
    if (state?.version !== 1) {
      throw new RangeError(`version: expected 1, got ${state?.version}`);
    }
    for (const [name, now] of Object.entries(this.#source.settings)) {
      const saved = state.settings?.[name];
      if (saved !== now) {
        throw new RangeError(`${name}: expected ${saved}, as in the saved state, got ${now}`);
      }
    }
    checkCount("epoch", state.epoch, 0);
    checkCount("position", state.position, 0);
    if (state.position > this.batchesPerEpoch) {
      throw new RangeError(
        `position: expected at most ${this.batchesPerEpoch}, got ${state.position}`,
      );
    }
    const rng = Rng.fromState(state.rng);
    this.#plan = this.#source.plan(rng);
    [this.#before, this.#after] = [state.rng, rng.state];
    [this.#epoch, this.#position] = [state.epoch, state.position];
  }

  #beginEpoch(): void {
    const rng = Rng.fromState(this.#after);
    this.#plan = this.#source.plan(rng);
    [this.#before, this.#after] = [this.#after, rng.state];
    this.#epoch++;
    this.#position = 0;
  }
}
