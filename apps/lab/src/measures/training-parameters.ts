import { type NumberParameter, text } from "../experiment/experiment";

/** How long each model is trained. */
export const stepsParameter = (steps: number): NumberParameter => ({
  ...{ kind: "number", name: "steps", label: text("steps of each training", "每次训练的步数") },
  ...{ min: 5, max: 3000, step: 5, default: steps, log: true },
});

/** How often each is trained from other first weights and on other sentences. */
export const runsParameter = (runs: number): NumberParameter => ({
  ...{ kind: "number", name: "runs", label: text("trainings of each", "每种设置的训练次数") },
  ...{ min: 1, max: 10, step: 1, default: runs },
});
