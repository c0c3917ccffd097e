import type { Experiment } from "../experiment/experiment";
import { causalMask } from "./causal-mask";
import { crossAttention } from "./cross-attention";
import { embeddingScale } from "./embedding-scale";
import { encoder } from "./encoder";
import { encodings } from "./encodings";
import { feedForward } from "./feed-forward";
import { headDim } from "./head-dim";
import { heads } from "./heads";
import { learningRate } from "./learning-rate";
import { maskedWords } from "./masked-words";
import { norms } from "./norms";
import { padding } from "./padding";
import { parallel } from "./parallel";
import { projections } from "./projections";
import { residuals } from "./residuals";
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
  encodings,
  residuals,
  norms,
  feedForward,
  crossAttention,
  causalMask,
  parallel,
  learningRate,
  maskedWords,
];
