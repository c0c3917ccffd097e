import {
  ARGS,
  CLOSED,
  DONE,
  GENERATION,
  KERNEL,
  LAST_JOB,
  NEXT,
  RETIRED,
  SHARE,
  SHARE_BITS,
  SLEEPERS,
  TRAPPED,
  UNITS,
} from "./control";
import { maySleep } from "./host";
import type { WorkerHandle } from "./start-worker";

/** How long the caller looks for the last shares before it sleeps, in milliseconds. */
const SPIN_MS = 0.2;
/** How long it sleeps at most before it looks whether the workers are still there. */
const LOOK_MS = 20;
/**
 * A share that takes so long belongs to a worker that is gone, in milliseconds: only where workers
 * cannot be asked. Long, since one that is merely slow must not be taken for gone.
 */
const GONE_MS = 120_000;

/** A kernel of the module. */
export interface Kernel {
  readonly name: string;
  readonly run: (args: number, lo: number, hi: number, scratch: number) => void;
  /** Its place among the module's exports. */
  readonly place: number;
}

export interface Job {
  readonly kernel: Kernel;
  /** Address of its arguments. */
  readonly args: number;
  readonly units: number;
  /** Units a share; the last may have fewer. */
  readonly share: number;
  /** Whether a share that was begun may be done once more. */
  readonly repeatable: boolean;
}

type Workers = readonly (WorkerHandle & { readonly slot: number })[];

/** The caller's side of sharing a job out; the workers' side is {@link "./worker-source"}. */
export class SharedJob {
  readonly #canSleep = maySleep();
  #number = 0;

  /**
   * @param control The block of {@link "./control"}.
   * @param scratch Address of the caller's scratch memory.
   */
  constructor(
    private readonly control: Int32Array,
    private readonly scratch: number,
    private readonly goneMs = GONE_MS,
  ) {}

  /** Runs all units on the caller's thread. */
  alone(kernel: Kernel, args: number, units: number): void {
    try {
      kernel.run(args, 0, units, this.scratch);
    } catch (cause) {
      throw trapOf(kernel, cause);
    }
  }

  /**
   * Runs all units on all threads and returns, or throws, when no thread is at it any more.
   *
   * @param dismiss Called when workers turn out to be gone.
   */
  run(job: Job, workers: Workers, dismiss: () => void): void {
    const { kernel, args, units, share } = job;
    const c = this.control;
    const shares = Math.ceil(units / share);
    this.#open(job);
    let taken = shares;
    let cause: unknown;
    try {
      for (let lo = this.#take(share); lo < units; lo = this.#take(share)) {
        kernel.run(args, lo, Math.min(units, lo + share), this.scratch);
        Atomics.add(c, DONE, 1);
      }
    } catch (thrown) {
      cause = thrown;
      Atomics.add(c, DONE, 1);
      taken = Math.min(shares, this.#close());
    }
    const lost = this.#wait(taken, workers);
    if (lost) dismiss();
    const trapped = Atomics.exchange(c, TRAPPED, 0);
    if (cause !== undefined || trapped > 0) throw trapOf(kernel, cause ?? "a trap on a worker");
    if (lost) this.#redo(job, lost);
  }

  /** Tells the workers to end; there is no job after this. */
  retire(): void {
    Atomics.store(this.control, RETIRED, 1);
    this.#close();
    Atomics.add(this.control, GENERATION, 1);
    Atomics.notify(this.control, GENERATION);
  }

  #open({ kernel, args, units, share }: Job): void {
    const c = this.control;
    this.#number = this.#number === LAST_JOB ? 0 : this.#number + 1;
    const first = this.#number << SHARE_BITS;
    Atomics.store(c, NEXT, first | CLOSED);
    Atomics.store(c, KERNEL, kernel.place);
    Atomics.store(c, ARGS, args | 0);
    Atomics.store(c, UNITS, units);
    Atomics.store(c, SHARE, share);
    Atomics.store(c, DONE, 0);
    Atomics.store(c, NEXT, first);
    // Before SLEEPERS is read: a worker counts itself there before it looks at GENERATION for the
    // last time, so one of the two sees the other.
    Atomics.add(c, GENERATION, 1);
    if (Atomics.load(c, SLEEPERS) > 0) Atomics.notify(c, GENERATION, Math.ceil(units / share) - 1);
  }

  /** Lets nobody take a share any more; gives how many were taken, or one more than there are. */
  #close(): number {
    return Atomics.exchange(this.control, NEXT, (this.#number << SHARE_BITS) | CLOSED) & CLOSED;
  }

  /** The first unit of the next share. */
  #take(share: number): number {
    return (Atomics.add(this.control, NEXT, 1) & CLOSED) * share;
  }

  /**
   * Waits for the shares that workers have taken.
   *
   * @returns Undefined if all are done; else the shares at which workers were that are gone, and no
   *   other is at any.
   */
  #wait(taken: number, workers: Workers): number[] | undefined {
    const c = this.control;
    const started = performance.now();
    let looked = started;
    for (let round = 1; ; round++) {
      const done = Atomics.load(c, DONE);
      if (done >= taken) return undefined;
      if (round % 64 !== 0) continue;
      if (this.#canSleep && performance.now() > started + SPIN_MS) {
        Atomics.wait(c, DONE, done, LOOK_MS);
      }
      const now = performance.now();
      if (now < looked + LOOK_MS) continue;
      looked = now;
      const lost = this.#lost(taken, workers, now > started + this.goneMs);
      if (lost) return lost;
    }
  }

  #lost(taken: number, workers: Workers, giveUp: boolean): number[] | undefined {
    const c = this.control;
    if (giveUp) {
      for (const worker of workers) if (worker.gone() === undefined) worker.end();
    }
    const isGone = (worker: WorkerHandle) => worker.gone() ?? giveUp;
    const gone = workers.filter(isGone);
    if (gone.length === 0) return undefined;
    const at = ({ slot }: { slot: number }) => Atomics.load(c, slot);
    if (workers.some((worker) => !gone.includes(worker) && at(worker) > 0)) return undefined;
    // Read again now that nobody is at a share any more.
    if (Atomics.load(c, DONE) >= taken) return undefined;
    return gone.map(at).flatMap((index) => (index > 0 ? [index - 1] : []));
  }

  /** Does the shares of workers that are gone. */
  #redo({ kernel, args, units, share, repeatable }: Job, lost: readonly number[]): void {
    if (!repeatable) {
      throw new Error(
        `kernel ${kernel.name}: expected it to run on every thread, got a worker thread that ended amid what it changes in place`,
      );
    }
    for (const index of lost) {
      const lo = index * share;
      if (lo < units) this.#part(kernel, args, lo, Math.min(units, lo + share));
    }
  }

  #part(kernel: Kernel, args: number, lo: number, hi: number): void {
    try {
      kernel.run(args, lo, hi, this.scratch);
    } catch (cause) {
      throw trapOf(kernel, cause);
    }
  }
}

function trapOf({ name }: Kernel, cause: unknown): Error {
  const got = cause instanceof Error ? cause.message : cause;
  return new Error(`kernel ${name}: expected it to finish, got ${got}`, { cause });
}
