import type { KernelConfig } from "@tensorflow/tfjs-core";
import { activationKernels } from "./activations";
import { adamWKernels } from "./adam-w";
import { attentionKernels } from "./attention";
import { crossEntropyKernels } from "./cross-entropy";
import { dropoutKernels } from "./dropout";
import { embeddingKernels } from "./embedding";
import { globalNormKernels } from "./global-norm";
import { layerNormKernels } from "./layer-norm";
import { linearKernels } from "./linear";
import { rmsNormKernels } from "./rms-norm";
import { rotaryKernels } from "./rotary";

/** Every kernel of ours. */
export const kernels: readonly KernelConfig[] = [
  ...activationKernels,
  ...adamWKernels,
  ...attentionKernels,
  ...crossEntropyKernels,
  ...dropoutKernels,
  ...embeddingKernels,
  ...globalNormKernels,
  ...layerNormKernels,
  ...linearKernels,
  ...rmsNormKernels,
  ...rotaryKernels,
];
