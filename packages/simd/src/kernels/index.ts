import type { KernelConfig } from "@tensorflow/tfjs-core";
import { activationKernels } from "./activations";
import { adamWKernels } from "./adam-w";
import { attentionKernels } from "./attention";
import { binaryKernels } from "./binary";
import { cachedAttentionKernels } from "./cached-attention";
import { castKernels } from "./cast";
import { clipKernels } from "./clip";
import { compareKernels } from "./compare";
import { concatKernels } from "./concat";
import { crossEntropyKernels } from "./cross-entropy";
import { cumsumKernels } from "./cumsum";
import { dropoutKernels } from "./dropout";
import { embeddingKernels } from "./embedding";
import { feedForwardKernels } from "./feed-forward";
import { fillKernels } from "./fill";
import { gatherKernels } from "./gather";
import { layerNormKernels } from "./layer-norm";
import { linearKernels } from "./linear";
import { matMulKernels } from "./mat-mul";
import { maxPoolWithArgmaxKernels } from "./max-pool-with-argmax";
import { padKernels } from "./pad";
import { reduceKernels } from "./reduce";
import { reverseKernels } from "./reverse";
import { rmsNormKernels } from "./rms-norm";
import { rotaryKernels } from "./rotary";
import { selectKernels } from "./select";
import { sliceKernels } from "./slice";
import { softmaxKernels } from "./softmax";
import { transposeKernels } from "./transpose";
import { unaryKernels } from "./unary";
import { writeRowsKernels } from "./write-rows";

/** Every kernel of ours; the rest are the cpu backend's. */
export const kernels: KernelConfig[] = [
  ...activationKernels,
  ...adamWKernels,
  ...attentionKernels,
  ...binaryKernels,
  ...cachedAttentionKernels,
  ...castKernels,
  ...clipKernels,
  ...compareKernels,
  ...concatKernels,
  ...crossEntropyKernels,
  ...cumsumKernels,
  ...dropoutKernels,
  ...embeddingKernels,
  ...feedForwardKernels,
  ...fillKernels,
  ...gatherKernels,
  ...layerNormKernels,
  ...linearKernels,
  ...matMulKernels,
  ...maxPoolWithArgmaxKernels,
  ...padKernels,
  ...reduceKernels,
  ...reverseKernels,
  ...rmsNormKernels,
  ...rotaryKernels,
  ...selectKernels,
  ...sliceKernels,
  ...softmaxKernels,
  ...transposeKernels,
  ...unaryKernels,
  ...writeRowsKernels,
];
