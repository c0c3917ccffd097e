import { join } from "node:path";
import { type ActiveBackend, useBackend } from "@tx/backend";
import { type Experiment, type Language, languages, type Values } from "../experiment/experiment";
import { runExperiment } from "../experiment/run";
import { completeValues } from "../experiment/values";
import { svgOf } from "../plot/svg-of";
import { type Answer, jsonOf, type Machine } from "../summary/answer";
import { pictureSize } from "../summary/article";
import { summaryPage } from "../summary/summary-page";
import { UserError } from "../user-error";
import { writeWhole } from "../write-whole";
import { Stopped, untilInterrupted } from "./interrupt";
import { progressLine } from "./progress-line";
import { reportOf } from "./report";

export interface QuestionOptions {
  readonly seed: number;
  /** Folder that the files go to. */
  readonly out: string;
  readonly language: Language | "both";
  readonly smallest?: boolean;
  readonly backend: string;
}

/** Runs experiments one after the other, says what they found, and writes their files and a page. */
export async function runQuestions(
  experiments: readonly Experiment[],
  given: Values,
  options: QuestionOptions,
): Promise<void> {
  const machine = await machineOf(options.backend);
  console.log(`${machine.backend}: ${machine.device}`);
  const answers: Answer[] = [];
  try {
    await untilInterrupted(async (signal) => {
      for (const experiment of experiments) {
        const answer = await answerOf(experiment, given, { ...options, signal });
        answers.push(answer);
        writeAnswer(answer, machine, options);
        console.log(reportOf(answer, spoken(options.language)));
      }
    });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    console.log(`stopped; ${answers.length} of ${experiments.length} are done`);
    process.exitCode = error.exitCode;
  }
  if (answers.length === 0) return;
  const page = join(options.out, "index.html");
  const shown = options.language === "both" ? languages : [options.language];
  writeWhole(page, summaryPage(answers, machine, shown));
  console.log(`written: ${page}`);
}

async function answerOf(
  experiment: Experiment,
  given: Values,
  { seed, smallest, language, signal }: QuestionOptions & { readonly signal: AbortSignal },
): Promise<Answer> {
  const values = completeValues(experiment, { ...(smallest ? experiment.smallest : {}), ...given });
  const progress = progressLine(experiment.id, {
    language: spoken(language),
    stream: process.stdout,
  });
  const start = performance.now();
  try {
    const results = await runExperiment(experiment, values, {
      ...{ seed, signal },
      onProgress: progress.show,
    });
    return { experiment, values, seed, results, seconds: (performance.now() - start) / 1000 };
  } finally {
    progress.stop();
  }
}

/** Its numbers as JSON, and each picture in each language that is asked for. */
function writeAnswer(answer: Answer, machine: Machine, { out, language }: QuestionOptions): void {
  const { experiment, results } = answer;
  writeWhole(join(out, `${experiment.id}.json`), jsonOf(answer, machine));
  const shown = language === "both" ? languages : [language];
  for (const each of shown) {
    for (const plot of experiment.plots(results)) {
      const svg = svgOf(plot, results, { ...pictureSize, language: each, alone: true });
      writeWhole(join(out, `${experiment.id}-${plot.name}.${each}.svg`), svg);
    }
  }
}

/** The language of the terminal. */
const spoken = (language: QuestionOptions["language"]): Language =>
  language === "both" ? "en" : language;

async function machineOf(name: string): Promise<Machine> {
  let active: ActiveBackend;
  try {
    active = await useBackend(name as Parameters<typeof useBackend>[0]);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
  return { backend: active.name, device: active.device };
}
