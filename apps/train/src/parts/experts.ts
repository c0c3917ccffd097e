import type { Initializer, Rng } from "@tx/core";
import { type ActivationName, FeedForward, GatedFeedForward, MixtureOfExperts } from "@tx/ffn";
import type { FeedForwardPart } from "@tx/model";
import type { Config } from "../config/config";
import { didYouMean } from "../nearest";
import { feedForwards } from "./blocks";
import { namesOf } from "./part";

/** A feed-forward that is one, not several. */
const single = feedForwards.flatMap((part) => ("mixed" in part ? [] : [part]));

/** The numbers that a mixture is made with. */
export function mixtureOptions({ ffnOptions }: Config) {
  const { experts = 4, topK = 1, capacityFactor = 1.25 } = ffnOptions;
  return { experts, topK, capacityFactor } as Record<"experts" | "topK" | "capacityFactor", number>;
}

/**
 * What each expert is.
 *
 * @throws RangeError if there is no feed-forward of that name.
 */
export function expertPart({ ffnOptions }: Config): (typeof single)[number] {
  const { expert = "gelu-tanh" } = ffnOptions;
  const part = single.find(({ name }) => name === expert);
  if (part !== undefined) return part;
  const names = namesOf(single);
  throw new RangeError(
    `expert: expected one of ${names.join(", ")}, got ${JSON.stringify(expert)}${didYouMean(expert, names)}`,
  );
}

/** What the parts around a mixture leave to it. */
interface Around {
  readonly init: Initializer;
  /** First values of what is added to the stream. */
  readonly residualInit: Initializer;
  readonly rng: Rng;
}

/**
 * The mixture that the settings ask for.
 *
 * @throws RangeError if an option makes no sense; nothing is left behind.
 */
export function mixtureOf(config: Config, { init, residualInit, rng }: Around): FeedForwardPart {
  const { dModel, bias } = config;
  const { activation, gated } = expertPart(config);
  // Refused before an expert is made.
  weightsOf(config);
  const sizes = { dModel, dFF: config.dFF ?? undefined, bias, rng, init };
  const expert = () =>
    gated
      ? new GatedFeedForward({
          ...{ ...sizes, activation: activation as "sigmoid", downInit: residualInit },
        })
      : new FeedForward({
          ...{ ...sizes, activation: activation as ActivationName, contractInit: residualInit },
        });
  return new MixtureOfExperts({ dModel, ...mixtureOptions(config), routerInit: init, rng, expert });
}

/** How much each of a router's losses weighs beside the task's. */
export interface RouterWeights {
  readonly balance: number;
  readonly zLoss: number;
}

/**
 * Null where there are no experts.
 *
 * @throws RangeError if a weight is no number of at least 0.
 * @see Fedus et al. 2021, Switch Transformers, §2.2 (0.01), https://arxiv.org/abs/2101.03961
 * @see Zoph et al. 2022, ST-MoE, §3.3 (0.001), https://arxiv.org/abs/2202.08906
 */
export function weightsOf({ ffn, ffnOptions }: Config): RouterWeights | null {
  if (ffn !== "moe") return null;
  const weight = (name: string, usual: number) => {
    const value = ffnOptions[name] ?? usual;
    if (typeof value === "number" && value >= 0 && value < Infinity) return value;
    throw new RangeError(`${name}: expected a number of at least 0, got ${JSON.stringify(value)}`);
  };
  return { balance: weight("balance", 0.01), zLoss: weight("zLoss", 0.001) };
}
