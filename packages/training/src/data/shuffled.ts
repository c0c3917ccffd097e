import type { Rng } from "@tx/core";

/**
 * The numbers from 0 to below count in random order, every order as likely as any other.
 *
 * @see Durstenfeld 1964, Algorithm 235: Random permutation, https://doi.org/10.1145/364520.364540
 */
export function shuffled(count: number, rng: Rng): Int32Array {
  return shuffle(inOrder(count), rng);
}

/** Shuffles a list in place. */
export function shuffle<List extends Int32Array | unknown[]>(list: List, rng: Rng): List {
  for (let last = list.length - 1; last > 0; last--) {
    const other = rng.integer(last + 1);
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}

/** The numbers from 0 to below count. */
export const inOrder = (count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => i);
