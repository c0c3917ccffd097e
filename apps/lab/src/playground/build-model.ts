import { Module, normal, type Positional, type Rng } from "@tx/core";
import {
  CausalLanguageModel,
  Decoder,
  Embeddings,
  needsFinalNorm,
  normMaker,
  standardBlock,
} from "@tx/model";
import { deepNormCoefficients } from "@tx/norm";
import { positionalFromJSON } from "@tx/positional";
import { feedForwards, norms, partOf, positionals, residuals } from "./parts";
import type { RunConfig } from "./run-config";

/** The strategy of positions of a run. */
function positionalOf(config: RunConfig, rng: Rng): Positional {
  const { dModel, heads, layers, length: maxLen } = config;
  const part = partOf("positional", positionals, config.positional);
  const sizes = { dModel, heads, headDim: dModel / heads, layers, maxLen };
  return positionalFromJSON(part.config(sizes), rng);
}

/**
 * The model of a run: standard blocks with first values as GPT-2's, so that parts are all there is to
 * compare.
 *
 * @param vocabSize Number of characters.
 * @throws RangeError if a part is unknown or refuses its sizes; nothing is left behind.
 * @see Radford et al. 2019, Language Models are Unsupervised Multitask Learners, §2.3 (first values)
 */
export function buildModel(
  config: RunConfig,
  vocabSize: number,
  rng: Rng,
): CausalLanguageModel<RunConfig> {
  const { dModel, heads, layers, dropout } = config;
  const { policy } = partOf("residual", residuals, config.residual);
  const { activation, gated } = partOf("feedForward", feedForwards, config.feedForward);
  const { value: norm } = partOf("norm", norms, config.norm);
  const made: Module[] = [];
  const own = <T>(part: T): T => {
    if (part instanceof Module) made.push(part);
    return part;
  };
  try {
    const init = normal(0.02, rng);
    const embedding = own(new Embeddings({ vocabSize, dModel, dropout, init, rng }));
    const positional = own(positionalOf(config, rng));
    const block = () =>
      own(
        standardBlock({
          ...{ dModel, heads, dropout, gated, activation, norm, residual: policy, init, rng },
          // GPT-2 scales down what is added to the stream by the root of the number of additions.
          residualInit: normal(0.02 / Math.sqrt(2 * layers), rng),
          deepNorm:
            policy === "deepNorm" ? deepNormCoefficients({ decoder: layers }).decoder : undefined,
        }),
      );
    const blocks = Array.from({ length: layers }, block);
    const last = needsFinalNorm(policy) ? own(normMaker(norm, { dModel })()) : undefined;
    return new CausalLanguageModel(
      { embedding, decoder: new Decoder({ blocks, positional, norm: last }) },
      config,
    );
  } catch (error) {
    for (const part of made) part.dispose();
    throw error;
  }
}
