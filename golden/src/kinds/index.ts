import type { Kind } from "../kind";
import { activation } from "./activation";
import { clip } from "./clip";
import { crossEntropy } from "./cross-entropy";
import { feedForward } from "./feed-forward";
import { gptLoss } from "./gpt";
import { layerNorm } from "./layer-norm";
import { learnedAbsolute } from "./learned-absolute";
import { multiHeadAttention } from "./multi-head-attention";
import { optimizerSteps } from "./optimizer-steps";
import { schedule } from "./schedule";
import { sdpa } from "./sdpa";
import { sinusoidal } from "./sinusoidal";
import { trajectory } from "./trajectory";

/** Every kind of case that some code maps to the library. A case is of the first that matches. */
export const kinds: readonly Kind[] = [
  activation,
  clip,
  crossEntropy,
  feedForward,
  gptLoss,
  layerNorm,
  learnedAbsolute,
  multiHeadAttention,
  optimizerSteps,
  schedule,
  sdpa,
  sinusoidal,
  trajectory,
];
