const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number for a sentence: three digits, powers of ten where it is far from 1 (−1.2·10⁻¹¹). */
export const short = (value: number, digits = 3): string =>
  rounded(value, digits).replace("-", "−");

function rounded(value: number, digits: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
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
