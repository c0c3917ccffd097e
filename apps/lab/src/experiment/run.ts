import { checkPlots, checkResults } from "./check-results";
import type { Experiment, Progress, Results, Values } from "./experiment";
import { completeValues } from "./values";

export interface RunOptions {
  /** A whole number. */
  readonly seed: number;
  /** Stops the experiment at its next yield. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Runs an experiment to its end on the active backend. Between its parts other work goes on, so
 * that a stop is heard.
 *
 * @throws RangeError if a value or the seed is not allowed, before anything is run.
 * @throws the signal's reason if it is stopped; what the experiment held is free by then.
 * @throws Error if the results are not what a contract of results asks for.
 */
export async function runExperiment(
  experiment: Experiment,
  given: Values,
  { seed, signal, onProgress }: RunOptions,
): Promise<Results> {
  const values = completeValues(experiment, given);
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`seed: expected a whole number, got ${seed}`);
  }
  signal?.throwIfAborted();
  const parts = experiment.run(values, signal ? { seed, signal } : { seed });
  try {
    for (;;) {
      const part = await parts.next();
      if (part.done) {
        checkResults(part.value);
        checkPlots(experiment.plots(part.value), part.value);
        return part.value;
      }
      onProgress?.(part.value);
      await macrotask();
      signal?.throwIfAborted();
    }
  } finally {
    // Of no effect after its end; before, it runs the `finally` in which all that is held is freed.
    await parts.return(undefined as never);
  }
}

/** Lets messages and timers have their turn. */
const macrotask = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
