import {
  dispose,
  isFinite as isFiniteTensor,
  logicalAnd,
  type Scalar,
  scalar,
  type Tensor,
  tidy,
  where,
} from "@tensorflow/tfjs-core";
import { checkCount, type Module, stateOf } from "@tx/core";
import { clipCoefficient, clipGradientsByValue, globalNorm } from "./clip";
import { hostIsNear } from "./host-is-near";
import type { Optimizer } from "./optimizer";
import { passOf } from "./pass-of";
import { prepareStep } from "./prepare-step";
import { type Remembered, remembered } from "./remembered";
import { updateIf } from "./update-if";
import { disposeGradients } from "./value-and-gradients";

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
  /** Clips every entry of the gradients into [−maxValue, maxValue]; not beside maxNorm. Default: no clipping. */
  maxValue?: number;
  /**
   * In how many parts a batch goes through the model, one after the other, so that only one part's
   * activations are in memory; the update is that of the whole batch. Every tensor of the batch is cut
   * along its first axis, [rows, ...]; scalars and whatever else it holds go to each part as they are.
   * A batch of fewer rows is cut into its rows. Default 1.
   *
   * Statistics over a batch, such as those of a batch norm, are of a part then, and random streams go
   * on from part to part.
   */
  microBatches?: number;
  /**
   * How many targets of a part count in its mean loss, as a number or as a scalar such as
   * {@link countTargets} gives; parts weigh by it. Default: its rows, right where each row has as many
   * targets as the next.
   */
  count?: (...part: Batch) => number | Scalar;
  /**
   * What becomes of an update whose loss or gradient norm is no finite number. "skip" (default):
   * weights, the model's other variables and the optimizer's state stay as they were. "apply": it is
   * made nevertheless.
   */
  nonFinite?: "skip" | "apply";
}

/** What one step tells; the caller disposes both tensors. */
export interface StepResult {
  /** Before the update, still on the device: read it with data() when it suits. */
  loss: Scalar;
  /** Global norm of all gradients before clipping. */
  gradientNorm: Scalar;
  /** Learning rate of this update. */
  rate: number;
  /** Number of this update, as the schedule counts. */
  step: number;
  /**
   * Whether the update was left out. Undefined where only the device knows so far: it was, if the
   * loss or the norm turns out not to be finite.
   */
  skipped: boolean | undefined;
}

/** A training step: a function of the batch. */
export interface TrainStep<Batch extends readonly unknown[]> {
  (...batch: Batch): StepResult;
  /**
   * Compiles, on webgpu, all programs that a step on such a batch takes, at the same time and before
   * the first step; elsewhere there is nothing to do. Nothing is trained: weights, other variables of
   * the model, its random streams and the optimizer's state stay as they are. Await it before anything
   * else runs on the backend.
   *
   * @param batch Of the shapes of those to come; what it holds is no matter. Stays the caller's.
   * @throws As the step does.
   */
  prepare(...batch: Batch): Promise<void>;
}

/**
 * One function that computes the loss, its gradients and the update, and leaves nothing behind
 * but its result.
 *
 * The number of the update comes from the optimizer, so a run that is resumed goes on with the
 * right rate.
 *
 * An update of a loss or a gradient norm that is not finite is skipped. On cpu, wasm, simd and
 * TensorFlow's CPU the norm is at hand: the optimizer is not asked, and its number of steps stays
 * too. From other backends nothing is read: the update is taken back on the device, while the optimizer has
 * counted it; {@link TrainLoop} sets the count right once it has read the loss.
 *
 * @returns A function of the batch. It throws, having changed nothing, if a parameter has no
 *   gradient: a part that does not learn is a mistake, not a detail.
 * @throws RangeError if nonFinite is none of the two, microBatches is no whole number from 1, count
 *   comes without it, or maxNorm and maxValue are both given.
 */
export function createTrainStep<Batch extends readonly unknown[]>(
  options: TrainStepOptions<Batch>,
): TrainStep<Batch> {
  const take = stepOf(options);
  const prepare = (...batch: Batch) => prepareStep(options, () => take(...batch));
  return Object.assign(take, { prepare });
}

function stepOf<Batch extends readonly unknown[]>({
  model,
  loss,
  optimizer,
  schedule,
  maxNorm,
  maxValue,
  nonFinite = "skip",
  microBatches,
  count,
}: TrainStepOptions<Batch>): (...batch: Batch) => StepResult {
  checkOptions({ nonFinite, microBatches, count, maxNorm, maxValue });
  const parameters = model.parameters();
  // Running statistics and the like, which the pass forward has changed before the loss is known.
  const besides = [...stateOf(model).values()].filter(({ trainable }) => !trainable);
  const update = (gradients: Map<string, Tensor>, rate: number, norm: Scalar, finite?: Tensor) => {
    const scale = tidy(() => {
      const coefficient = maxNorm === undefined ? undefined : clipCoefficient(norm, maxNorm);
      return finite ? where(finite, coefficient ?? scalar(1), scalar(Number.NaN)) : coefficient;
    }) as Scalar | undefined;
    const clipped = maxValue === undefined ? undefined : clipGradientsByValue(gradients, maxValue);
    try {
      if (finite) optimizer.step(clipped ?? gradients, rate, scale, true);
      else optimizer.step(clipped ?? gradients, rate, scale);
    } finally {
      scale?.dispose();
      if (clipped) disposeGradients(clipped);
    }
  };
  return (...batch) => {
    const step = optimizer.steps + (schedule.firstStep ?? 0);
    const rate = schedule(step);
    const earlier = remembered(besides);
    let gradients = new Map<string, Tensor>();
    const made: Tensor[] = [];
    try {
      const pass = passOf({ loss, microBatches, count }, batch, parameters);
      gradients = pass.gradients;
      const { value } = pass;
      made.push(value);
      checkComplete([...parameters.keys()].filter((path) => !gradients.has(path)));
      const gradientNorm = globalNorm(gradients);
      made.push(gradientNorm);
      const apply = (finite?: Tensor) => update(gradients, rate, gradientNorm, finite);
      const skipped =
        nonFinite === "apply"
          ? always(apply)
          : ifFinite([value, gradientNorm], { parameters, optimizer, earlier }, apply);
      return { loss: value, gradientNorm, rate, step, skipped };
    } catch (error) {
      earlier.restore();
      dispose(made);
      throw error;
    } finally {
      earlier.dispose();
      disposeGradients(gradients);
    }
  };
}

type Checked = "nonFinite" | "microBatches" | "count" | "maxNorm" | "maxValue";

function checkOptions({
  nonFinite,
  microBatches,
  count,
  maxNorm,
  maxValue,
}: { [Name in Checked]: TrainStepOptions<never>[Name] | undefined }): void {
  if (nonFinite !== "skip" && nonFinite !== "apply") {
    throw new RangeError(`nonFinite: expected "skip" or "apply", got ${JSON.stringify(nonFinite)}`);
  }
  if (microBatches !== undefined) checkCount("microBatches", microBatches);
  else if (count) throw new RangeError("count: expected microBatches beside it, got none");
  if (maxNorm !== undefined && maxValue !== undefined) {
    throw new RangeError("maxValue: expected no maxNorm beside it, got both");
  }
}

function always(update: () => void): false {
  update();
  return false;
}

/** @returns Whether the update was skipped; undefined where only the device knows. */
function ifFinite(
  scalars: [Scalar, Scalar],
  { earlier, ...updated }: Parameters<typeof updateIf>[1] & { earlier: Remembered },
  update: (finite?: Tensor) => void,
): boolean | undefined {
  if (hostIsNear()) {
    const skipped = !scalars.every((scalar) => Number.isFinite(scalar.dataSync()[0]));
    if (skipped) earlier.restore();
    else update();
    return skipped;
  }
  const flags = scalars.map((scalar) => isFiniteTensor(scalar));
  const finite = logicalAnd(flags[0]!, flags[1]!);
  try {
    if (updated.optimizer.canSkipNaN) update(finite);
    else updateIf(finite, updated, update);
    earlier.restoreUnless(finite);
  } finally {
    dispose([...flags, finite]);
  }
  return undefined;
}

function checkComplete(missing: string[]): void {
  if (missing.length > 0) {
    throw new RangeError(
      `loss: expected every parameter to have a part in it, got none of ${missing.join(", ")}`,
    );
  }
}
