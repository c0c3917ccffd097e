import { powers, type RopeOptions, type SettledRope, settleRope } from "./rope-options";
import { type RopeScaling, type SettledScaling, settleScaling } from "./rope-scaling";

export interface ScaledRopeOptions extends RopeOptions {
  /** Reads longer texts than those trained with. Default: as trained. */
  scaling?: RopeScaling | undefined;
}

/** With its defaults. */
interface SettledScaledRope extends SettledRope {
  readonly scaling: SettledScaling | undefined;
}

/** How pairs of features turn. */
export interface RopeFrequencies {
  /** Radians a position, one a pair of features; rotaryDim / 2 of them. */
  frequencies: number[];
  /** Multiplies cosines and sines. */
  attentionFactor: number;
  /** The base that the frequencies come from: what NTK scaling made of it. */
  base: number;
}

/**
 * How fast each pair of features turns, worked out in float64.
 *
 * @param length Tokens of the whole call, for scaling that depends on them. Default: no more than
 *   originalMaxLen.
 * @throws RangeError if an option makes no sense.
 * @see Su et al. 2021, RoFormer, §3.2, https://arxiv.org/abs/2104.09864
 */
export function ropeFrequencies(options: ScaledRopeOptions, length = 0): RopeFrequencies {
  return frequenciesOf(settleScaledRope(options), length);
}

/** The same, of options that are checked. */
export function frequenciesOf(
  { base, rotaryDim, scaling }: SettledScaledRope,
  length = 0,
): RopeFrequencies {
  const plain = powers(base, rotaryDim);
  const same = { attentionFactor: 1, base };
  switch (scaling?.type) {
    case undefined:
      return { ...same, frequencies: plain };
    case "linear":
      return { ...same, frequencies: plain.map((frequency) => frequency / scaling.factor) };
    case "ntk":
      return changed(base, rotaryDim, scaling.factor);
    case "dynamic-ntk": {
      const { factor, originalMaxLen } = scaling;
      const times = Math.max(length, originalMaxLen) / originalMaxLen;
      return changed(base, rotaryDim, factor * times - (factor - 1));
    }
    case "yarn": {
      const { factor, attentionFactor } = scaling;
      const kept = yarnKept(plain, base, scaling);
      return { ...same, attentionFactor, frequencies: mixed(plain, factor, kept) };
    }
    case "llama3": {
      const { factor, lowFreqFactor, highFreqFactor, originalMaxLen } = scaling;
      const kept = plain.map((frequency) =>
        share((originalMaxLen * frequency) / (2 * Math.PI), lowFreqFactor, highFreqFactor),
      );
      return { ...same, frequencies: mixed(plain, factor, kept) };
    }
    case "longrope": {
      const { shortFactors, longFactors, originalMaxLen, attentionFactor } = scaling;
      const factors = length > originalMaxLen ? longFactors : shortFactors;
      const frequencies = plain.map((frequency, pair) => frequency / factors[pair]!);
      return { ...same, attentionFactor, frequencies };
    }
  }
}

/** @throws RangeError if an option makes no sense. */
export function settleScaledRope(options: ScaledRopeOptions): SettledScaledRope {
  const settled = settleRope(options);
  const { base, rotaryDim } = settled;
  const scaling = options.scaling && settleScaling(options.scaling, rotaryDim);
  if (scaling?.type === "yarn" && scaling.ramp === "dimension" && !(base > 1)) {
    throw new RangeError(`base: expected a number above 1 with yarn's ramp, got ${base}`);
  }
  return { ...settled, scaling };
}

/** Frequencies of the base that divides the slowest of them by the factor. */
function changed(base: number, rotaryDim: number, factor: number): RopeFrequencies {
  const own = base * factor ** (rotaryDim / (rotaryDim - 2));
  return { frequencies: powers(own, rotaryDim), attentionFactor: 1, base: own };
}

/** Between each frequency (kept = 1) and the same divided by the factor (kept = 0). */
function mixed(plain: readonly number[], factor: number, kept: readonly number[]): number[] {
  return plain.map(
    (frequency, pair) => kept[pair]! * frequency + (1 - kept[pair]!) * (frequency / factor),
  );
}

/** How far a value is on the way from low to high, in [0, 1]. */
function share(value: number, low: number, high: number): number {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

function yarnKept(
  plain: readonly number[],
  base: number,
  scaling: Extract<SettledScaling, { type: "yarn" }>,
): number[] {
  const { originalMaxLen, betaFast, betaSlow, ramp } = scaling;
  const width = 2 * plain.length;
  if (ramp === "rotations") {
    return plain.map((frequency) =>
      share((originalMaxLen * frequency) / (2 * Math.PI), betaSlow, betaFast),
    );
  }
  // The pair, as a broken number, that turns so many times over originalMaxLen.
  const pairOf = (turns: number) =>
    (width * Math.log(originalMaxLen / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const low = Math.max(Math.floor(pairOf(betaFast)), 0);
  const high = Math.min(Math.ceil(pairOf(betaSlow)), width - 1);
  // As the authors' code has it, where both fall on one pair.
  const end = low === high ? high + 0.001 : high;
  return plain.map((_, pair) => 1 - share(pair, low, end));
}
