import { checkCount } from "@tx/core";
import type { RotaryPairing } from "@tx/ops";

export interface RopeOptions {
  /** Width of a head. */
  headDim: number;
  /** The slowest pair turns once in about 2π · base positions. Default 10 000. */
  base?: number;
  /**
   * Which features turn together: "half" i and i + rotaryDim / 2, as Llama and GPT-NeoX;
   * "interleaved" 2i and 2i + 1, as the paper. The same up to an order of the features, so weights
   * that were trained with one need that one, or {@link convertRotaryPairing}. Default "half".
   */
  pairing?: RotaryPairing;
  /** How many features turn, the first ones; an even number. Default headDim. */
  rotaryDim?: number;
}

/** With its defaults. */
export type SettledRope = Readonly<Required<RopeOptions>>;

/** @throws RangeError if an option makes no sense. */
export function settleRope(options: RopeOptions): SettledRope {
  const { headDim, base = 10_000, pairing = "half", rotaryDim = headDim } = options;
  checkCount("headDim", headDim);
  checkBase(base);
  checkPairing("pairing", pairing);
  checkRotaryDim(rotaryDim, headDim);
  return { headDim, base, pairing, rotaryDim };
}

/** @throws RangeError if base is not positive. */
export function checkBase(base: number): void {
  if (!(base > 0 && Number.isFinite(base))) {
    throw new RangeError(`base: expected a positive number, got ${base}`);
  }
}

/** @throws RangeError if a pairing is not known. */
export function checkPairing(name: string, pairing: RotaryPairing): void {
  if (pairing !== "half" && pairing !== "interleaved") {
    throw new RangeError(
      `${name}: expected "interleaved" or "half", got ${JSON.stringify(pairing)}`,
    );
  }
}

/** @throws RangeError if so many features of a head cannot turn in pairs. */
export function checkRotaryDim(rotaryDim: number, headDim: number): void {
  if (!(rotaryDim % 2 === 0 && rotaryDim >= 2 && rotaryDim <= headDim)) {
    throw new RangeError(
      `rotaryDim: expected an even number from 2 to headDim=${headDim}, got ${rotaryDim}`,
    );
  }
}

/** base^(−2 · pair / width) of every pair. */
export function powers(base: number, width: number): number[] {
  return Array.from({ length: width / 2 }, (_, pair) => base ** ((-2 * pair) / width));
}
