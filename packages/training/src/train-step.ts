import { dispose, type Scalar, type Tensor } from "@tensorflow/tfjs-core";
import type { Module } from "@tx/core";
import { clipCoefficient, globalNorm } from "./clip";
import type { Optimizer } from "./optimizer";
import { disposeGradients, valueAndGradients } from "./value-and-gradients";

/** Learning rate of an update; firstStep is the number of the first one, 0 if not given. */
export interface RateOfStep {
  (step: number): number;
  readonly firstStep?: number;
}

export interface TrainStepOptions<Batch extends readonly unknown[]> {
  /** What is trained, put in train mode by the caller. */
  model: Module;
  /** The mean loss of a batch; may leave tensors to the step's tidy. */
  loss: (...batch: Batch) => Scalar;
  optimizer: Optimizer;
  /** Such as one of @tx/schedule, or a plain function. */
  schedule: RateOfStep;
  /** Clips gradients to this global norm. Default: no clipping. */
  maxNorm?: number;
}

/** What one step tells; the caller disposes both tensors. */
export interface StepResult {
  /** Before the update, still on the device: read it with data() when it suits. */
  loss: Scalar;
  /** Global norm of all gradients before clipping. */
  gradientNorm: Scalar;
  /** Learning rate of this update. */
  rate: number;
}

/**
 * One function that computes the loss, its gradients and the update, and leaves nothing behind
 * but its result.
 *
 * The number of the update comes from the optimizer, so a run that is resumed goes on with the
 * right rate. Nothing is read back to the host.
 *
 * @returns A function of the batch. It throws, having changed nothing, if a parameter has no
 *   gradient: a part that does not learn is a mistake, not a detail.
 */
export function createTrainStep<Batch extends readonly unknown[]>({
  model,
  loss,
  optimizer,
  schedule,
  maxNorm,
}: TrainStepOptions<Batch>): (...batch: Batch) => StepResult {
  const parameters = model.parameters();
  return (...batch) => {
    const rate = schedule(optimizer.steps + (schedule.firstStep ?? 0));
    const { value, gradients } = valueAndGradients(() => loss(...batch), parameters);
    const made: Tensor[] = [value];
    try {
      checkComplete([...parameters.keys()].filter((path) => !gradients.has(path)));
      const gradientNorm = globalNorm(gradients);
      made.push(gradientNorm);
      const coefficient =
        maxNorm === undefined ? undefined : clipCoefficient(gradientNorm, maxNorm);
      try {
        optimizer.step(gradients, rate, coefficient);
      } finally {
        coefficient?.dispose();
      }
      return { loss: value, gradientNorm, rate };
    } catch (error) {
      dispose(made);
      throw error;
    } finally {
      disposeGradients(gradients);
    }
  };
}

function checkComplete(missing: string[]): void {
  if (missing.length > 0) {
    throw new RangeError(
      `loss: expected every parameter to have a part in it, got none of ${missing.join(", ")}`,
    );
  }
}
