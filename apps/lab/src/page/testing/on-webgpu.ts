import type { Values } from "../../experiment/experiment";

/**
 * The experiments that are tried on an emulated GPU, with budgets that it ends in some seconds, in
 * this order: what it compiles for one serves the next.
 *
 * The others do not fit, all for one reason: the emulated GPU compiles a program for each operation,
 * with each rank and each option of it, and a training has hundreds. In one visit, at their smallest
 * budgets, these took so many seconds of processor: `sinusoidal` 39, `embedding-scale` 46, `heads`
 * 59, `causal-mask` 81. `residuals` took 120 on a busy machine, and `score-functions`, `head-dim`,
 * `encodings`, `norms` and `feed-forward`, with a model for each of many parts, were not done in 150.
 * On an idle one, each in a visit of its own, `cross-attention` took 64, and `masked-words` and
 * `learning-rate` were not done in 120.
 */
export const onWebGPU: Readonly<Record<string, Values>> = {
  // Forward and backward through our attention.
  scaling: { keys: 5, small: 2, large: 4, draws: 5 },
  // Every sort of mask.
  padding: { real: 3, padded: 4, headDim: 8, draws: 5 },
  // The training of an encoder, and its parts one by one.
  encoder: { steps: 5 },
  ...(process.env.TX_WEBGPU_CASES === "all" ? moreOnWebGPU() : {}),
};

/** What golden cases do in a page, too: they generate with a cache, and train a decoder. */
function moreOnWebGPU(): Record<string, Values> {
  return {
    // Generation with a cache and without.
    parallel: { longest: 16, layers: 1, times: 1 },
    // Two trainings of a decoder.
    projections: { steps: 5, runs: 1 },
  };
}
