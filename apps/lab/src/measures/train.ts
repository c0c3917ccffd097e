import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { Module } from "@tx/core";
import { AdamW, type RateOfStep, TrainLoop } from "@tx/training";
import type { Progress } from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import type { Meter } from "./meter";

interface Lesson<Batch extends readonly Tensor[]> {
  /** Is in train mode meanwhile, and in eval after. */
  readonly model: Module;
  /** The mean loss of a batch. */
  readonly loss: (...batch: Batch) => Scalar;
  /** A new batch for a step, counted from 0; it is freed after it. */
  readonly batch: (step: number) => Batch;
  readonly steps: number;
  /** Of AdamW. */
  readonly schedule: RateOfStep;
  /** Clips gradients to this global norm. Default: no clipping. */
  readonly maxNorm?: number | undefined;
}

/** What training told. */
interface Curve {
  /** Of each step before its update; NaN where a step was skipped. */
  readonly losses: readonly number[];
  /** Global norm of each step's gradients before clipping; NaN where a step was skipped. */
  readonly gradientNorms: readonly number[];
  /** Median time of a step. */
  readonly milliseconds: number;
}

/** Trains a model with AdamW. The meter counts each step. */
export async function* train<Batch extends readonly Tensor[]>(
  { model, batch, steps, maxNorm, ...lesson }: Lesson<Batch>,
  meter: Meter,
): AsyncGenerator<Progress, Curve, void> {
  const owner = new Owner();
  const [losses, gradientNorms, times]: number[][] = [[], [], []];
  const optimizer = owner.own(new AdamW({ parameters: model.parameters() }));
  const loop = new TrainLoop<Batch>({
    ...{ model, optimizer, ...lesson, ...(maxNorm !== undefined && { maxNorm }) },
    onStep: ({ loss, gradientNorm, skipped }) => {
      losses!.push(skipped ? Number.NaN : loss);
      gradientNorms!.push(skipped ? Number.NaN : gradientNorm);
    },
  });
  model.train();
  try {
    for (let step = 0; step < steps; step++) {
      const tensors = batch(step);
      const before = performance.now();
      try {
        await loop.step(...tensors);
      } finally {
        for (const tensor of tensors) tensor.dispose();
      }
      times!.push(performance.now() - before);
      yield* meter.did();
    }
  } finally {
    await loop.settle();
    model.eval();
    owner.dispose();
  }
  const milliseconds = [...times!].sort((a, b) => a - b)[Math.floor(steps / 2)] ?? 0;
  return { losses: losses!, gradientNorms: gradientNorms!, milliseconds };
}
