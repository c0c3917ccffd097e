const remembered = 20;

/** How fast the training goes: over the last steps for the speed, over all of it for the time left. */
export class Pace {
  private readonly recent: number[] = [];
  private readonly started: number;
  private steps = 0;

  /**
   * @param tokensPerStep characters that one step reads
   * @param now seconds since any moment
   */
  constructor(
    private readonly tokensPerStep: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.started = this.now();
  }

  /** A step has taken so many seconds. */
  add(seconds: number): void {
    this.steps += 1;
    this.recent.push(seconds);
    if (this.recent.length > remembered) this.recent.shift();
  }

  get tokensPerSecond(): number {
    const seconds = this.recent.reduce((sum, each) => sum + each, 0);
    return seconds > 0 ? (this.recent.length * this.tokensPerStep) / seconds : 0;
  }

  /** Seconds for so many more steps, with the evaluations and saves between them. */
  secondsFor(steps: number): number {
    return this.steps > 0 ? (this.elapsed / this.steps) * steps : 0;
  }

  get elapsed(): number {
    return this.now() - this.started;
  }
}
