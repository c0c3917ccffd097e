import type { Kind } from "../kind";
import { activation } from "./activation";
import { additiveAttention } from "./additive-attention";
import { alibiBias } from "./alibi";
import { axial } from "./axial";
import { batchNorm } from "./batch-norm";
import { beamSearchOfTable } from "./beam-search";
import { clip } from "./clip";
import { cosineAttention } from "./cosine-attention";
import { crossEntropy } from "./cross-entropy";
import { decodeGpt } from "./decode-gpt";
import { deepnormCoefficients } from "./deepnorm-coefficients";
import { deepnormResidual } from "./deepnorm-residual";
import { feedForward } from "./feed-forward";
import { gatedBlock } from "./gated-block";
import { gatedFeedForward } from "./gated-feed-forward";
import { gptLoss } from "./gpt";
import { layerNorm } from "./layer-norm";
import { learnedAbsolute } from "./learned-absolute";
import { multiHeadAttention } from "./multi-head-attention";
import { optimizerSteps } from "./optimizer-steps";
import { rmsNorm } from "./rms-norm";
import { rotaryPositions } from "./rope";
import { samplingFilters } from "./sampling-filters";
import { scaleNorm } from "./scale-norm";
import { schedule } from "./schedule";
import { sdpa } from "./sdpa";
import { shawRelative } from "./shaw";
import { sinusoidal } from "./sinusoidal";
import { slidingWindow } from "./sliding-window";
import { t5BiasAlone } from "./t5-bias";
import { torchLayer } from "./torch-layer";
import { torchTransformer } from "./torch-transformer";
import { trajectory } from "./trajectory";
import { trajectoryBert } from "./trajectory-bert";
import { trajectoryEncoderDecoder } from "./trajectory-encoder-decoder";
import { transformerXLSegments } from "./transformer-xl-segments";

/** Every kind of case that some code maps to the library. A case is of the first that matches. */
export const kinds: readonly Kind[] = [
  activation,
  additiveAttention,
  alibiBias,
  axial,
  batchNorm,
  beamSearchOfTable,
  clip,
  cosineAttention,
  crossEntropy,
  decodeGpt,
  deepnormCoefficients,
  deepnormResidual,
  feedForward,
  gatedBlock,
  gatedFeedForward,
  gptLoss,
  layerNorm,
  learnedAbsolute,
  multiHeadAttention,
  optimizerSteps,
  rmsNorm,
  rotaryPositions,
  scaleNorm,
  samplingFilters,
  schedule,
  sdpa,
  shawRelative,
  sinusoidal,
  slidingWindow,
  t5BiasAlone,
  torchLayer,
  torchTransformer,
  trajectory,
  trajectoryBert,
  trajectoryEncoderDecoder,
  transformerXLSegments,
];
