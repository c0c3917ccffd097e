import type { Experiment, Results, Values } from "../experiment/experiment";

/** What a run of an experiment gave, and all that it takes to run it again. */
export interface Answer {
  readonly experiment: Experiment;
  readonly values: Values;
  readonly seed: number;
  readonly seconds: number;
  readonly results: Results;
}

/** What all answers of a run were computed on. */
export interface Machine {
  readonly backend: string;
  readonly device: string;
}

/** An answer as a file: what the experiment is, how it was run, and its results. */
export function jsonOf({ experiment, values, seed, seconds, results }: Answer, machine: Machine) {
  const { id, question, references } = experiment;
  const rounded = Number(seconds.toFixed(1));
  const run = { seed, values, seconds: rounded, ...machine };
  return `${JSON.stringify({ id, question, run, results, references }, null, 1)}\n`;
}

/** The command that gives an answer again. */
export function commandOf({ experiment, values, seed }: Answer): string {
  const changed = experiment.parameters.flatMap(({ name, default: usual }) => {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return values[name] === usual ? [] : [`--${flag} ${values[name]}`];
  });
  return ["npm run lab --", experiment.id, ...changed, `--seed ${seed}`].join(" ");
}
