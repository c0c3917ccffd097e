import { dispose, stack, type Tensor } from "@tensorflow/tfjs-core";
import type { Optimizer } from "./optimizer";
import { prepareStep } from "./prepare-step";
import { createTrainStep, type StepResult, type TrainStepOptions } from "./train-step";

/** One step in plain numbers. */
export interface StepReport {
  /** Number of the update, as the schedule counts. */
  readonly step: number;
  /** Before the update. */
  readonly loss: number;
  /** Global norm of all gradients before clipping. */
  readonly gradientNorm: number;
  readonly rate: number;
  /** Whether the update was left out, because loss or norm were no finite numbers. */
  readonly skipped: boolean;
}

export interface TrainLoopOptions<Batch extends readonly unknown[]>
  extends TrainStepOptions<Batch> {
  /** Told of every step in order, one step late; an error in it ends the call that told it. */
  onStep?: (report: StepReport) => void;
}

interface Unread {
  readonly result: Pick<StepResult, "step" | "rate" | "skipped">;
  /** Loss and gradient norm. */
  readonly numbers: Promise<ArrayLike<number>>;
}

/**
 * Trains step by step and reads each loss while the device works on the step after it, so that
 * reading costs no time: one read a step, of loss and norm together.
 *
 * A skipped step is told of as such, and does not count as one of the optimizer's. On backends
 * whose numbers are not at hand (all but cpu, wasm and simd) the step after it is on its way by
 * then, with the next number and its rate; from there on the count is right again.
 */
export class TrainLoop<Batch extends readonly unknown[]> {
  readonly #takeStep: (...batch: Batch) => StepResult;
  readonly #optimizer: Optimizer;
  readonly #prepare: (...batch: Batch) => Promise<void>;
  readonly #onStep: (report: StepReport) => void;
  #unread: Unread | undefined;

  /** @throws RangeError as {@link createTrainStep} does. */
  constructor({ onStep = () => {}, ...options }: TrainLoopOptions<Batch>) {
    const takeStep = createTrainStep(options);
    this.#takeStep = takeStep;
    this.#prepare = (...batch) =>
      prepareStep(
        options,
        () => takeStep(...batch),
        ({ loss, gradientNorm }) => stack([loss, gradientNorm]).dispose(),
      );
    this.#optimizer = options.optimizer;
    this.#onStep = onStep;
  }

  /**
   * Compiles ahead, on webgpu, what the steps and their reading take, and changes nothing; elsewhere
   * there is nothing to do. Await it before anything else runs on the backend.
   *
   * @param batch Of the shapes of those to come; what it holds is no matter. Stays the caller's.
   * @throws As the train step does.
   */
  prepare(...batch: Batch): Promise<void> {
    return this.#prepare(...batch);
  }

  /**
   * Trains on one batch. The update is made (or on its way) when this returns its promise; the
   * promise is kept when the step before has been told of. Await it before the next step.
   *
   * @param batch Stays the caller's, who may dispose it as soon as the promise is there.
   * @throws Error as the train step does: nothing is changed then.
   */
  async step(...batch: Batch): Promise<void> {
    const result = this.#takeStep(...batch);
    const before = this.#unread;
    this.#unread = { result, numbers: numbersOf(result) };
    await this.#tell(before);
  }

  /**
   * Tells of the last step too. Call it at the end, and before evaluating or saving: only then is
   * it known of every step whether it counts.
   */
  async settle(): Promise<void> {
    const last = this.#unread;
    this.#unread = undefined;
    await this.#tell(last);
  }

  async #tell(unread: Unread | undefined): Promise<void> {
    if (!unread) return;
    const { step, rate, skipped: known } = unread.result;
    const [loss, gradientNorm] = Array.from(await unread.numbers) as [number, number];
    const skipped = known ?? !(Number.isFinite(loss) && Number.isFinite(gradientNorm));
    const optimizer = this.#optimizer;
    if (skipped && known === undefined) {
      optimizer.loadState(optimizer.state(), optimizer.steps - 1);
    }
    this.#onStep({ step, loss, gradientNorm, rate, skipped });
  }
}

/** Starts to read loss and norm, and disposes them. */
function numbersOf({ loss, gradientNorm }: StepResult): Promise<ArrayLike<number>> {
  const both = stack([loss, gradientNorm]);
  dispose([loss, gradientNorm]);
  const numbers = read(both);
  // Awaited one step later; until then an error in it must not count as nobody's.
  numbers.catch(() => {});
  return numbers;
}

async function read(tensor: Tensor): Promise<ArrayLike<number>> {
  try {
    return await tensor.data();
  } finally {
    tensor.dispose();
  }
}
