import { z } from "zod";
import { didYouMean } from "../nearest";
import { namesOf, type Part } from "../parts/part";

type Expectation = { error: (issue: { input?: unknown }) => string };

const expected = (what: string): Expectation => ({
  error: ({ input }) => `expected ${what}, got ${show(input)}`,
});
const show = (value: unknown) => JSON.stringify(value) ?? String(value);

export function whole(least: number, most: number) {
  const message = expected(
    `a whole number from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}`,
  );
  return z.int(message).min(least, message).max(most, message);
}

/** A number above zero. */
export function positive() {
  const message = expected("a number above 0");
  return z.number(message).positive(message);
}

/** A number of at least zero. */
export function notNegative() {
  const message = expected("a number of at least 0");
  return z.number(message).nonnegative(message);
}

/** One of some names; a wrong one is told the nearest. */
export function oneOf<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, {
    error: ({ input }: { input?: unknown }) =>
      `expected one of ${names.join(", ")}, got ${show(input)}${didYouMean(input, names)}`,
  });
}

export const partOf = (parts: readonly Part[]) => oneOf(namesOf(parts) as [string, ...string[]]);

/** Options of a part by name. */
export function partOptions() {
  return z.record(z.string(), z.unknown(), expected('an object as JSON, such as {"name": 1}'));
}

/** What is wrong with the names of a part's options, or null. */
export function wrongOption(part: Part, options: Readonly<Record<string, unknown>>): string | null {
  const known = Object.keys(part.options ?? {});
  const wrong = Object.keys(options).find((name) => !known.includes(name));
  if (wrong === undefined) return null;
  const wanted = known.length === 0 ? "no options" : `options ${known.join(", ")}`;
  return `expected ${wanted} of ${part.name}, got ${wrong}${didYouMean(wrong, known)}`;
}

export function flag() {
  return z.boolean(expected("on or off"));
}

export function text(what = "text") {
  return z.string(expected(what)).min(what === "text" ? 0 : 1, expected(what));
}

export function share() {
  const message = expected("a number from 0 to below 1");
  return z.number(message).min(0, message).lt(1, message);
}
