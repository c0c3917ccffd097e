import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Rng } from "@tx/core";
import { nearest } from "../nearest";
import { UserError } from "../user-error";

/** A number in the words of one language. */
export type InWords = (number: number) => string;

/**
 * How a language says numbers.
 *
 * @throws UserError that names the nearest languages if there is none of that name.
 */
export async function inWords(language: string, setting: string): Promise<InWords> {
  const known = languages();
  if (!known.includes(language)) {
    const near = nearest(language, known);
    const hint = near.length > 0 ? near : known.filter((name) => name.startsWith(language));
    throw new UserError(
      `${setting}: expected a language of n2words such as en-US, got "${language}"${hint.length > 0 ? ` (did you mean ${hint.join(" or ")}?)` : ""}`,
    );
  }
  const { toCardinal } = (await import(`n2words/${language}`)) as { toCardinal: InWords };
  return toCardinal;
}

/** The languages that n2words has. */
export function languages(): string[] {
  const one = createRequire(import.meta.url).resolve("n2words/en-US");
  return readdirSync(dirname(one))
    .filter((name) => /^[a-z]{2,3}-.*\.js$/.test(name))
    .map((name) => name.slice(0, -".js".length));
}

/**
 * A tenth of the numbers from 100 on is held out: those whose scrambled bits say so. Smaller ones are
 * what larger ones are made of.
 */
export function isHeldOut(number: number): boolean {
  if (number < 100) return false;
  const mixed = Math.imul(number ^ (number >>> 16), 0x45d9f3b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % 10 === 0;
}

/** Draws a number up to the largest: first how many digits, so that short ones come as often as long ones. */
export function drawNumber(largest: number, heldOut: boolean, rng: Rng): number {
  const digits = String(largest).length;
  for (;;) {
    const most = 10 ** (1 + rng.integer(digits));
    const number = rng.integer(Math.min(most, largest + 1));
    if (isHeldOut(number) === heldOut) return number;
  }
}
