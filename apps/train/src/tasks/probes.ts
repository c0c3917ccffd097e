import { Rng } from "@tx/core";
import type { Config } from "../config/config";
import { some } from "../terminal/format";
import { UserError } from "../user-error";
import { type Pair, pairTask } from "./pairs";
import type { Task } from "./task";

/** Start of the held-out pairs, which are the same whatever the run's seed. */
const HELD_OUT = 20_261_127;

const answerTo: Readonly<Record<string, (source: Int32Array) => Int32Array>> = {
  copy: (source) => source.slice(),
  reverse: (source) => source.slice().reverse(),
  sort: (source) => source.slice().sort(),
};

/**
 * Probes of whether a model generalises in length: symbols drawn at random, from one to `length` of
 * them while training, exactly as many as asked for when it is measured.
 */
export function probe(config: Config): Task {
  const { task, symbols, length } = config;
  const answer = answerTo[task]!;
  const drawn = (rng: Rng, size: number): Pair => {
    const source = Int32Array.from({ length: size }, () => rng.integer(symbols));
    return { source, target: answer(source) };
  };
  const names = Array.from({ length: symbols }, (_, id) => String(id));
  return pairTask(
    {
      ...{ unit: "symbol", symbols, longest: { source: length, target: length } },
      draw: (rng) => drawn(rng, 1 + rng.integer(length)),
      heldOut(count, size = length) {
        const rng = new Rng(HELD_OUT + size);
        return Array.from({ length: count }, () => drawn(rng, size));
      },
      read: (text) => Int32Array.from(text.trim().split(/\s+/), (word) => idOf(word, names)),
      write: (ids) => Array.from(ids, (id) => names[id] ?? "?").join(" "),
    },
    config,
    {
      facts: [
        ["task", `${task} of 1 to ${some(length, "symbol")}, ${symbols} different`],
        ["held out", `sequences of ${length}, drawn apart`],
      ],
      fingerprint: `${task} ${symbols}`,
      saved: null,
    },
  );
}

function idOf(word: string, names: readonly string[]): number {
  const id = names.indexOf(word);
  if (id === -1) {
    throw new UserError(
      `prompt: expected symbols from 0 to ${names.length - 1} with spaces between, got ${JSON.stringify(word)}`,
    );
  }
  return id;
}
