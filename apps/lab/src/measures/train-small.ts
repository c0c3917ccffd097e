import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { Module } from "@tx/core";
import { cosine } from "@tx/schedule";
import { Meter } from "./meter";
import { train } from "./train";

export interface TrainOptions<Batch extends readonly Tensor[]> {
  readonly model: Module;
  /** The mean loss of a batch. */
  readonly loss: (...batch: Batch) => Scalar;
  /** The next batch; freed after its step. */
  readonly next: () => Batch;
  readonly steps: number;
  /** The highest rate, after a tenth of the steps; then half a cosine down to 0. Default 0.003. */
  readonly peak?: number;
}

/**
 * Trains a model as {@link train} does, by half a cosine and with clipping at 1, and yields how many
 * steps are done. Gives the loss of each step, before its update.
 */
export async function* trainSmall<Batch extends readonly Tensor[]>({
  model,
  loss,
  next,
  steps,
  peak = 0.003,
}: TrainOptions<Batch>): AsyncGenerator<number, readonly number[], void> {
  const schedule = cosine({ peak, warmupSteps: Math.ceil(steps / 10), totalSteps: steps });
  const lesson = { model, loss, batch: next, steps, schedule, maxNorm: 1 };
  const training = train(lesson, new Meter(steps));
  try {
    for (;;) {
      const { done, value } = await training.next();
      if (done) return value.losses;
      yield value.done;
    }
  } finally {
    // Where whoever listens has had enough: the lesson is to free what it holds.
    await training.return(undefined as never);
  }
}

/** A scalar's number; the scalar is freed. */
export async function numberOf(scalar: Scalar): Promise<number> {
  try {
    return (await scalar.data())[0]!;
  } finally {
    scalar.dispose();
  }
}

/** A curve of losses with less noise: means of `width` steps after each other, at their last step. */
export function smoothed(losses: readonly number[], width: number): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  for (let from = 0; from < losses.length; from += width) {
    const some = losses.slice(from, from + width);
    x.push(from + some.length);
    y.push(some.reduce((sum, loss) => sum + loss, 0) / some.length);
  }
  return { x, y };
}
