import type { Experiment } from "../experiment/experiment";
import { embeddingScale } from "./embedding-scale";
import { encoder } from "./encoder";
import { headDim } from "./head-dim";
import { heads } from "./heads";
import { padding } from "./padding";
import { projections } from "./projections";
import { scaling } from "./scaling";
import { scoreFunctions } from "./score-functions";
import { sinusoidal } from "./sinusoidal";

/** Every experiment, in the order of the questions. */
export const questions: readonly Experiment[] = [
  heads,
  projections,
  scoreFunctions,
  scaling,
  padding,
  headDim,
  encoder,
  embeddingScale,
  sinusoidal,
];
