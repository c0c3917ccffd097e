import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "@tx/training";
import type { Config } from "../config/config";
import type { Task } from "../tasks/task";
import { shellWord } from "../terminal/format";
import { commandLine } from "../terminal/this-program";
import { messageOf, systemReason, UserError } from "../user-error";
import { Journal } from "./journal";
import type { EvaluationMetric, Metric, SampleLine } from "./metric";
import { files, type LoadedRun, type RunState, saveToFolder, stateVersion } from "./run-folder";

/** What a run is saved with. */
export interface RecorderOptions {
  readonly folder: string;
  readonly config: Config;
  readonly task: Pick<Task, "saved" | "fingerprint">;
  /** Longest sequence that tables of positions know. */
  readonly maxLen: number;
  readonly backend: RunState["backend"];
  /** The run that it goes on from. */
  readonly saved: LoadedRun | null;
}

/** Keeps the metrics and samples of a run and saves all of it. */
export class Recorder {
  #savedStep: number | null = null;
  #evaluatedStep = 0;
  readonly #newFolder: boolean;

  private constructor(
    private readonly options: RecorderOptions,
    private readonly metrics: Journal<Metric>,
    private readonly samples: Journal<SampleLine>,
  ) {
    const { saved, folder } = options;
    this.#newFolder = saved?.folder !== folder;
    this.#evaluatedStep = saved?.state.evaluatedStep ?? 0;
    if (saved && !this.#newFolder) this.#savedStep = saved.run.steps;
  }

  /**
   * The recorder of a new run, or of a saved one from where it was.
   *
   * @throws UserError if the saved run's journals are not whole.
   */
  static async open(options: RecorderOptions): Promise<Recorder> {
    const { folder, saved } = options;
    const { metrics = 0, samples = 0 } = saved?.state.lines ?? {};
    const journal = <Line>(name: string, lines: number) =>
      Journal.open<Line>(join(folder, name), lines, join(saved?.folder ?? folder, name));
    try {
      return new Recorder(
        options,
        await journal(files.metrics, metrics),
        await journal(files.samples, samples),
      );
    } catch (error) {
      throw new UserError(messageOf(error));
    }
  }

  /** The step of the newest save in the folder, null before the first. */
  get savedStep(): number | null {
    return this.#savedStep;
  }

  /** The step of the newest evaluation, 0 before the first. */
  get evaluatedStep(): number {
    return this.#evaluatedStep;
  }

  add(metric: Metric): void {
    this.metrics.add(metric);
  }

  addEvaluation(metric: EvaluationMetric): void {
    this.metrics.add(metric);
    this.#evaluatedStep = metric.step;
  }

  addSample(line: SampleLine): void {
    this.samples.add(line);
  }

  /** @throws UserError if the disk does not take it; an earlier save is whole then. */
  async save(run: Omit<Run, "config">): Promise<void> {
    const { folder } = this.options;
    try {
      await this.metrics.write();
      await this.samples.write();
      await saveToFolder(folder, run, this.#state());
      this.#savedStep = run.optimizer.steps;
    } catch (error) {
      const reason = `the run could not be saved (${systemReason(error)})`;
      if (this.#savedStep !== null) {
        const next = commandLine("resume", shellWord(folder));
        throw new UserError(
          `${folder}: ${reason}; step ${this.#savedStep} is still saved there: make room and go on with ${next}`,
        );
      }
      // Without a save the rest belongs to nothing, and the folder can go.
      if (this.#newFolder) {
        for (const journal of [this.metrics, this.samples]) await journal.remove();
        await rm(join(folder, files.config), { force: true });
      }
      throw new UserError(`${folder}: ${reason}`);
    }
  }

  #state(): RunState {
    const { config, task, backend, maxLen } = this.options;
    const { saved, fingerprint } = task;
    return {
      ...{ version: stateVersion, config, task: saved, fingerprint, maxLen, backend },
      evaluatedStep: this.#evaluatedStep,
      lines: { metrics: this.metrics.lines, samples: this.samples.lines },
    };
  }
}
