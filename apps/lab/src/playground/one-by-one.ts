/** Lets one piece of work at a time use what cannot be shared, in the order in which they ask. */
export class OneByOne {
  #last: Promise<void> = Promise.resolve();

  /** Waits until nothing else goes on; what is given back ends the caller's turn. */
  async hold(): Promise<() => void> {
    const before = this.#last;
    let release = () => {};
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }

  /** One piece of work, by itself. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.hold();
    try {
      return await work();
    } finally {
      release();
    }
  }
}
