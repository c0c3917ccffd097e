import { checkCount } from "@tx/core";

/**
 * Positions divided by the factor.
 *
 * @see Chen et al. 2023, Extending Context Window by Positional Interpolation, §2.3,
 *   https://arxiv.org/abs/2306.15595
 */
interface LinearScaling {
  type: "linear";
  /** How many times longer the context is to be, from 1. */
  factor: number;
}

/**
 * A base of base · factor^(d / (d − 2)), d = rotaryDim: the fastest pair turns as before, the slowest
 * is divided by the factor. Needs rotaryDim from 4.
 *
 * @see Peng et al. 2023, YaRN, §3.1 (after bloc97), https://arxiv.org/abs/2309.00071
 */
interface NtkScaling {
  type: "ntk";
  /** How many times longer the context is to be, from 1. */
  factor: number;
}

/**
 * As "ntk", by as much as the length needs: factor · length / originalMaxLen − (factor − 1) in place
 * of the factor past originalMaxLen, nothing up to it. Needs rotaryDim from 4.
 *
 * @see Peng et al. 2023, YaRN, §3.3 (after emozilla), https://arxiv.org/abs/2309.00071
 */
interface DynamicNtkScaling {
  type: "dynamic-ntk";
  /** From 1; 1 is what "ntk" does with length / originalMaxLen. */
  factor: number;
  /** Tokens that the model was trained with. */
  originalMaxLen: number;
}

/**
 * Pairs that turn often over originalMaxLen keep their frequency, pairs that turn seldom are divided
 * by the factor, those between are mixed; cosines and sines are multiplied by attentionFactor.
 *
 * @see Peng et al. 2023, YaRN, §3.2 and §3.4, https://arxiv.org/abs/2309.00071
 */
interface YarnScaling {
  type: "yarn";
  /** How many times longer the context is to be, from 1. */
  factor: number;
  /** Tokens that the model was trained with. */
  originalMaxLen: number;
  /** Pairs of at least so many turns keep their frequency. Default 32. */
  betaFast?: number;
  /** Pairs of at most so many turns are divided by the factor. Default 1. */
  betaSlow?: number;
  /**
   * What the mixture is linear in: "dimension" the number of the pair, as the authors' code and
   * Transformers have it; "rotations" the number of turns, as the paper prints it. Default
   * "dimension".
   */
  ramp?: "dimension" | "rotations";
  /** Scores of wholly turned heads grow by its square. Default 0.1 · ln(factor) + 1. */
  attentionFactor?: number;
}

/**
 * Pairs whose wave is shorter than originalMaxLen / highFreqFactor keep their frequency, those longer
 * than originalMaxLen / lowFreqFactor are divided by the factor, those between are mixed.
 *
 * @see Grattafiori et al. 2024, The Llama 3 Herd of Models, https://arxiv.org/abs/2407.21783, as in
 *   apply_scaling of https://github.com/meta-llama/llama-models
 */
interface Llama3Scaling {
  type: "llama3";
  /** How many times longer the context is to be, from 1; 8 in Llama 3.1. */
  factor: number;
  /** Default 1. */
  lowFreqFactor?: number;
  /** Default 4. */
  highFreqFactor?: number;
  /** Tokens that the model was trained with; 8192 in Llama 3.1. */
  originalMaxLen: number;
}

/**
 * Each pair's frequency divided by a factor of its own; one list up to originalMaxLen tokens, another
 * past it. Cosines and sines are multiplied by attentionFactor at any length.
 *
 * @see Ding et al. 2024, LongRoPE, §3, https://arxiv.org/abs/2402.13753 (attentionFactor as in the
 *   authors' code, https://github.com/microsoft/LongRoPE)
 */
interface LongRopeScaling {
  type: "longrope";
  /** rotaryDim / 2 positive numbers, for calls of up to originalMaxLen tokens. */
  shortFactors: readonly number[];
  /** The same for longer ones. */
  longFactors: readonly number[];
  /** Tokens that the model was trained with, from 2. */
  originalMaxLen: number;
  /** How many times longer the context is to be; needed where attentionFactor is not given. */
  factor?: number;
  /** Default √(1 + ln(factor) / ln(originalMaxLen)), or 1 for a factor of at most 1. */
  attentionFactor?: number;
}

/** How a model reads texts longer than those it was trained with. */
export type RopeScaling =
  | LinearScaling
  | NtkScaling
  | DynamicNtkScaling
  | YarnScaling
  | Llama3Scaling
  | LongRopeScaling;

/** With its defaults. */
export type SettledScaling =
  | LinearScaling
  | NtkScaling
  | DynamicNtkScaling
  | Required<YarnScaling>
  | Required<Llama3Scaling>
  | Required<Omit<LongRopeScaling, "factor">>;

type Settle<Scaling> = (scaling: Scaling, rotaryDim: number) => SettledScaling;
type Settles = {
  [Type in RopeScaling["type"]]: Settle<Extract<RopeScaling, { type: Type }>>;
};

const settles: Settles = {
  linear: ({ type, factor }) => ({ type, factor: checkFactor(factor) }),
  ntk: ({ type, factor }, rotaryDim) => {
    checkBaseChanges(type, rotaryDim);
    return { type, factor: checkFactor(factor) };
  },
  "dynamic-ntk": ({ type, factor, originalMaxLen }, rotaryDim) => {
    checkBaseChanges(type, rotaryDim);
    checkCount("scaling.originalMaxLen", originalMaxLen);
    return { type, factor: checkFactor(factor), originalMaxLen };
  },
  yarn: ({ type, factor, originalMaxLen, betaFast = 32, betaSlow = 1, ...rest }) => {
    checkFactor(factor);
    checkCount("scaling.originalMaxLen", originalMaxLen);
    checkPositive("scaling.betaSlow", betaSlow);
    checkAbove("scaling.betaFast", betaFast, "betaSlow", betaSlow);
    const { ramp = "dimension", attentionFactor = 0.1 * Math.log(factor) + 1 } = rest;
    if (ramp !== "dimension" && ramp !== "rotations") {
      throw new RangeError(
        `scaling.ramp: expected "dimension" or "rotations", got ${JSON.stringify(ramp)}`,
      );
    }
    checkPositive("scaling.attentionFactor", attentionFactor);
    return { type, factor, originalMaxLen, betaFast, betaSlow, ramp, attentionFactor };
  },
  llama3: ({ type, factor, lowFreqFactor = 1, highFreqFactor = 4, originalMaxLen }) => {
    checkFactor(factor);
    checkCount("scaling.originalMaxLen", originalMaxLen);
    checkPositive("scaling.lowFreqFactor", lowFreqFactor);
    checkAbove("scaling.highFreqFactor", highFreqFactor, "lowFreqFactor", lowFreqFactor);
    return { type, factor, lowFreqFactor, highFreqFactor, originalMaxLen };
  },
  longrope: ({ type, shortFactors, longFactors, originalMaxLen, ...rest }, rotaryDim) => {
    checkFactors("scaling.shortFactors", shortFactors, rotaryDim / 2);
    checkFactors("scaling.longFactors", longFactors, rotaryDim / 2);
    checkCount("scaling.originalMaxLen", originalMaxLen, 2);
    const { attentionFactor = longRopeAttention(rest.factor, originalMaxLen) } = rest;
    checkPositive("scaling.attentionFactor", attentionFactor);
    return { type, shortFactors, longFactors, originalMaxLen, attentionFactor };
  },
};

/** @throws RangeError if an option makes no sense. */
export function settleScaling(scaling: RopeScaling, rotaryDim: number): SettledScaling {
  const { type } = scaling;
  if (!Object.hasOwn(settles, type)) {
    const known = Object.keys(settles).join(", ");
    throw new RangeError(`scaling.type: expected one of ${known}, got ${JSON.stringify(type)}`);
  }
  return (settles[type] as Settle<RopeScaling>)(scaling, rotaryDim);
}

/** Whether the frequencies of a call follow from its length. */
export function followsLength(scaling: SettledScaling | undefined): boolean {
  if (scaling?.type === "dynamic-ntk") return true;
  if (scaling?.type !== "longrope") return false;
  return scaling.shortFactors.some((factor, pair) => factor !== scaling.longFactors[pair]);
}

function longRopeAttention(factor: number | undefined, originalMaxLen: number): number {
  checkPositive("scaling.factor", factor);
  return factor > 1 ? Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxLen)) : 1;
}

function checkFactor(factor: number): number {
  if (!(factor >= 1 && Number.isFinite(factor))) {
    throw new RangeError(`scaling.factor: expected a number from 1, got ${factor}`);
  }
  return factor;
}

function checkPositive(name: string, value: unknown): asserts value is number {
  if (!(typeof value === "number" && value > 0 && Number.isFinite(value))) {
    throw new RangeError(`${name}: expected a positive number, got ${value}`);
  }
}

function checkAbove(name: string, value: number, other: string, least: number): void {
  if (!(value > least && Number.isFinite(value))) {
    throw new RangeError(`${name}: expected a number above ${other}=${least}, got ${value}`);
  }
}

function checkFactors(name: string, factors: readonly number[], pairs: number): void {
  if (!Array.isArray(factors) || factors.length !== pairs) {
    const got = Array.isArray(factors) ? factors.length : factors;
    throw new RangeError(`${name}: expected ${pairs} numbers (rotaryDim / 2), got ${got}`);
  }
  for (const [pair, factor] of factors.entries()) checkPositive(`${name}[${pair}]`, factor);
}

/** The exponent d / (d − 2) has no value for one pair. */
function checkBaseChanges(type: string, rotaryDim: number): void {
  if (rotaryDim === 2) {
    throw new RangeError(`rotaryDim: expected at least 4 with ${type} scaling, got 2`);
  }
}
