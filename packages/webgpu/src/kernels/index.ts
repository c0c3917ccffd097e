import type { KernelConfig } from "@tensorflow/tfjs-core";
import { activationKernels } from "./activations";
import { adamWKernels } from "./adam-w";
import { attentionKernels } from "./attention";
import { cachedAttentionKernels } from "./cached-attention";
import { crossEntropyKernels } from "./cross-entropy";
import { dropoutKernels } from "./dropout";
import { embeddingKernels } from "./embedding";
import { feedForwardKernels } from "./feed-forward";
import { globalNormKernels } from "./global-norm";
import { layerNormKernels } from "./layer-norm";
import { linearKernels } from "./linear";
import { matMulKernels } from "./mat-mul";
import { rmsNormKernels } from "./rms-norm";
import { rotaryKernels } from "./rotary";
import { writeRowsKernels } from "./write-rows";

/** Every kernel of ours. */
export const kernels: readonly KernelConfig[] = [
  ...activationKernels,
  ...adamWKernels,
  ...attentionKernels,
  ...cachedAttentionKernels,
  ...crossEntropyKernels,
  ...dropoutKernels,
  ...embeddingKernels,
  ...feedForwardKernels,
  ...globalNormKernels,
  ...layerNormKernels,
  ...linearKernels,
  ...matMulKernels,
  ...rmsNormKernels,
  ...rotaryKernels,
  ...writeRowsKernels,
];
