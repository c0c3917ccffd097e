import { type Language, type Text, text } from "./experiment";

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number for a sentence: three digits, powers of ten where it is far from 1 (−1.2·10⁻¹¹). */
export const short = (value: number, digits = 3): string =>
  rounded(value, digits).replace("-", "−");

function rounded(value: number, digits: number): string {
  const size = Math.abs(value);
  // What was counted is told to the last one.
  if (Number.isInteger(value) && size < 1e9) return String(value);
  if (size >= 1e-3 && size < 1e5) {
    return size >= 10 ** digits
      ? String(Math.round(value))
      : String(Number(value.toPrecision(digits)));
  }
  const [factor, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
  return `${Number(factor)}·10${power(Number(exponent))}`;
}

/** A whole number as an exponent: ⁻¹². */
export const power = (exponent: number): string =>
  [...String(exponent)].map((c) => (c === "-" ? "⁻" : superscripts[Number(c)])).join("");

/** A share as whole percent. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;

const units: Readonly<Record<string, Text>> = {
  nat: text("nat", "奈特"),
  ms: text("ms", "毫秒"),
};

/** A number with its unit, as a language writes it. */
export function withUnit(
  value: number,
  unit: string | undefined,
  { language, digits }: { language: Language; digits: number },
): string {
  if (!unit) return short(value, digits);
  return `${short(value, digits)} ${units[unit]?.[language] ?? unit}`;
}
