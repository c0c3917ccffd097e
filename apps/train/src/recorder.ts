import { rm } from "node:fs/promises";
import { join } from "node:path";
import { appendMetrics, copyMetrics, type Metric, metricsFile } from "./metrics";
import type { Plan } from "./prepare";
import { type RunState, saveRun } from "./run-folder";
import type { Trainer } from "./trainer";
import { systemReason, UserError } from "./user-error";

/** Keeps the metrics of a run and saves all of it. */
export class Recorder {
  private waiting: Metric[] = [];
  private bytes = 0;
  private lastSave: number | null = null;
  private lastEvaluation = 0;

  private constructor(
    private readonly plan: Plan,
    private readonly trainer: Trainer,
    private readonly backend: RunState["backend"],
  ) {}

  /** The recorder of a new run, or of a saved one from where it was. */
  static async open(plan: Plan, trainer: Trainer, backend: RunState["backend"]): Promise<Recorder> {
    const recorder = new Recorder(plan, trainer, backend);
    if (plan.saved && plan.savedIn) {
      recorder.bytes = plan.saved.state.metricsBytes;
      recorder.lastEvaluation = plan.saved.state.evaluatedStep;
      if (plan.folder.path === plan.savedIn) recorder.lastSave = plan.saved.state.step;
      else await copyMetrics(plan.savedIn, plan.folder.path, recorder.bytes);
    }
    return recorder;
  }

  /** The step of the newest save in the folder, null before the first. */
  get savedStep(): number | null {
    return this.lastSave;
  }

  /** The step of the newest evaluation, 0 before the first. */
  get evaluatedStep(): number {
    return this.lastEvaluation;
  }

  add(metric: Metric): void {
    this.waiting.push(metric);
    if ("validationLoss" in metric) this.lastEvaluation = metric.step;
  }

  /** @throws UserError if the disk does not take it; an earlier save is whole then. */
  async save(): Promise<void> {
    try {
      await this.write();
    } catch (error) {
      const { path } = this.plan.folder;
      const reason = `the run could not be saved (${systemReason(error)})`;
      if (this.lastSave !== null) {
        throw new UserError(`${path}: ${reason}; step ${this.lastSave} is still saved there`);
      }
      // Without a save the metrics belong to nothing, and the folder can go.
      await rm(join(path, metricsFile), { force: true });
      throw new UserError(`${path}: ${reason}`);
    }
  }

  private async write(): Promise<void> {
    const { config, vocabulary, text, folder } = this.plan;
    const { model, optimizer, random } = await this.trainer.save();
    const { maxLen } = this.trainer.model;
    const bytes = await appendMetrics(folder.path, this.bytes, this.waiting);
    const state: RunState = {
      version: 1,
      step: this.trainer.steps,
      evaluatedStep: this.lastEvaluation,
      maxLen: Number.isFinite(maxLen) ? maxLen : null,
      random,
      backend: this.backend,
      text,
      metricsBytes: bytes,
    };
    await saveRun(folder.path, { config, vocabulary, state, model, optimizer });
    this.bytes = bytes;
    this.waiting = [];
    this.lastSave = this.trainer.steps;
  }
}
