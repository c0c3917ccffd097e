import { dispose, memory, type Tensor2D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import type { Schedule } from "@tx/schedule";
import { type Run, restoreRun, rowsTensor, type SavedRun, TrainLoop } from "@tx/training";
import { type Config, peakRate, warmupSteps } from "../config/config";
import { buildModel, type Model, refusing } from "../parts/build-model";
import { makeOptimizer } from "../parts/make-optimizer";
import { makeSchedule } from "../parts/schedules";
import type { StepMetric } from "../runs/metric";
import type { Task } from "../tasks/task";
import { messageOf, UserError } from "../user-error";
import { type StepNorms, WatchedOptimizer } from "./watched-optimizer";

/** Seeds for the three streams of a run: none disturbs another. */
export function seedsOf(seed: number): { model: number; batches: number; sample: number } {
  const rng = new Rng(seed);
  return { model: rng.nextSeed(), batches: rng.nextSeed(), sample: rng.nextSeed() };
}

/** What a step tells, before it is known how fast it was. */
export type StepNumbers = Omit<StepMetric, "tokensPerSecond">;

/** A model in training: everything that changes from step to step. */
export class Trainer {
  readonly #optimizer: WatchedOptimizer;
  readonly #loop: TrainLoop<Tensor2D[]>;
  /** What was told of steps and not been asked for. */
  #told: Omit<StepNumbers, keyof StepNorms | "memory">[] = [];
  #reported: number;
  readonly #details = new Map<number, Details>();

  private constructor(
    readonly model: Model,
    private readonly config: Config,
    private readonly task: Task,
    private readonly random: { readonly model: Rng; readonly batches: Rng },
    optimizer: WatchedOptimizer,
  ) {
    this.#optimizer = optimizer;
    this.#reported = optimizer.steps;
    this.#loop = new TrainLoop({
      ...{ model, optimizer },
      loss: (...batch: Tensor2D[]) => task.loss(model, ...batch),
      schedule: scheduleOf(config),
      maxNorm: config.clip,
      // The program ends at a loss that is no number, and tells the step.
      nonFinite: "apply",
      onStep: ({ loss, gradientNorm, rate }) => {
        this.#reported += 1;
        this.#told.push({ step: this.#reported, loss, gradientNorm, rate });
      },
    });
  }

  /**
   * A new model, the same for the same seed, or that of a saved run at the step where it was saved.
   *
   * @param maxLen Longest sequence that tables of positions are to know.
   * @throws UserError that names the setting or the file which does not fit; nothing is left behind.
   */
  static create(config: Config, task: Task, maxLen: number, saved?: SavedRun): Trainer {
    scheduleOf(config);
    const seeds = seedsOf(config.seed);
    const random = { model: new Rng(seeds.model), batches: new Rng(seeds.batches) };
    const model = buildModel(config, { vocabSize: task.vocabSize, maxLen }, random.model);
    let optimizer: WatchedOptimizer | undefined;
    try {
      optimizer = optimizerOf(config, model);
      if (saved) restore(saved, { model, optimizer, random });
      return new Trainer(model, config, task, random, optimizer);
    } catch (error) {
      optimizer?.dispose();
      model.dispose();
      throw error;
    }
  }

  /** Training steps that are done. */
  get steps(): number {
    return this.#optimizer.steps;
  }

  get parameterCount(): number {
    return [...this.model.parameters().values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Everything that is saved: from there the next steps are bit for bit the same. */
  get run(): Omit<Run, "config"> {
    return { model: this.model, optimizer: this.#optimizer, random: this.random };
  }

  /**
   * Trains on one batch. The step is made at once; its numbers come with the step after it.
   *
   * @returns What is known of earlier steps and was not told yet.
   */
  async step(): Promise<StepNumbers[]> {
    const batch = this.task.draw(this.random.batches).map((rows) => rowsTensor(rows));
    if ((this.steps + 1) % this.config.detailEvery === 0) this.#optimizer.watch();
    let told: Promise<void>;
    try {
      this.model.train();
      told = this.#loop.step(...batch);
    } finally {
      this.model.eval();
      dispose(batch);
    }
    this.#keepDetails();
    await told;
    return this.#takeTold();
  }

  /** What is known of all steps and was not told yet. */
  async settle(): Promise<StepNumbers[]> {
    await this.#loop.settle();
    return this.#takeTold();
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.model.dispose();
  }

  #keepDetails(): void {
    const norms = this.#optimizer.takeNorms();
    if (norms === null) return;
    const bytes = { tensors: memory().numBytes, process: process.memoryUsage.rss() };
    this.#details.set(this.steps, { norms, memory: bytes });
  }

  async #takeTold(): Promise<StepNumbers[]> {
    const told = this.#told;
    this.#told = [];
    return Promise.all(
      told.map(async (numbers) => {
        const details = this.#details.get(numbers.step);
        if (details === undefined) return numbers;
        this.#details.delete(numbers.step);
        return { ...numbers, ...(await details.norms), memory: details.memory };
      }),
    );
  }
}

interface Details {
  readonly norms: Promise<StepNorms>;
  readonly memory: NonNullable<StepMetric["memory"]>;
}

/** The rate of every step. */
export function scheduleOf(config: Config): Schedule {
  const { schedule, scheduleOptions, dModel, steps } = config;
  const sizes = { rate: peakRate(config), warmupSteps: warmupSteps(config), steps, dModel };
  return refusing("--schedule-options", () => makeSchedule(schedule, sizes, scheduleOptions));
}

function optimizerOf(config: Config, model: Model): WatchedOptimizer {
  const { optimizer, optimizerOptions, weightDecay } = config;
  const parameters = model.parameters();
  const inner = refusing("--optimizer-options", () =>
    makeOptimizer(optimizer, { parameters, weightDecay }, optimizerOptions),
  );
  return new WatchedOptimizer(inner, parameters);
}

/** Errors of a saved file, which name it already, as the user's to put right. */
function restore(saved: SavedRun, into: Parameters<typeof restoreRun>[1]): void {
  try {
    dispose([...restoreRun(saved, into).values()]);
  } catch (error) {
    throw new UserError(`resume: ${messageOf(error)}`);
  }
}
