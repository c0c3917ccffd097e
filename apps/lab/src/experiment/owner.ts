/** Frees together what an experiment holds: models, optimizers, tensors. */
export class Owner {
  readonly #held: { dispose(): unknown }[] = [];

  /** Holds something that is freed with the rest. */
  own<T extends { dispose(): unknown }>(thing: T): T {
    this.#held.push(thing);
    return thing;
  }

  /** Frees the last first; a second call has nothing left to free. */
  dispose(): void {
    for (const thing of this.#held.splice(0).reverse()) thing.dispose();
  }
}
