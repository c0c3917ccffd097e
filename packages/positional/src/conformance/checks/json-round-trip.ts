import { type Positional, Rng, spanOf } from "@tx/core";
import { hiddenOf, layersOf } from "../cases";
import {
  type Check,
  disposeOf,
  judged,
  largestDifference,
  numbersOf,
  parametersOf,
  type Subject,
} from "../subject";

const KEYS = 6;

/** A strategy's config names the exact variant: what it makes, with the same weights, is the same. */
export const jsonRoundTrip: Check = {
  name: "JSON round trip",
  async run(subject, strategy) {
    const text = JSON.stringify(strategy);
    const config = JSON.parse(text);
    if (JSON.stringify(config) !== text || JSON.stringify(strategy.toJSON()) !== text) {
      throw new Error("toJSON(): expected plain JSON, the same each time, got something else");
    }
    if (config.kind !== strategy.kind) {
      throw new Error(`toJSON().kind: expected "${strategy.kind}", got "${config.kind}"`);
    }
    if (!(Number.isInteger(config.version) && config.version >= 1)) {
      throw new Error(`toJSON().version: expected a whole number from 1, got ${config.version}`);
    }
    if (!subject.fromJSON) {
      return { status: "passed", detail: "the text alone: no fromJSON was given" };
    }
    const again = subject.fromJSON(config, new Rng(77));
    try {
      if (JSON.stringify(again) !== text) {
        throw new Error(`expected ${text} again, got ${JSON.stringify(again)}`);
      }
      copyWeights(strategy, again);
      let largest = 0;
      for (const layer of layersOf(subject)) {
        const [wanted, got] = [strategy, again].map((one) => outputsOf(subject, one, layer));
        largest = Math.max(largest, largestDifference(await got!, await wanted!));
      }
      return judged(subject, largest, "outputs of the strategy and of its config's");
    } finally {
      disposeOf(again);
    }
  },
};

/** @throws Error if their variables have other names or shapes. */
function copyWeights(from: Positional, to: Positional): void {
  const [own, copies] = [parametersOf(from), parametersOf(to)];
  const described = (all: typeof own) => [...all].map(([name, { shape }]) => `${name} [${shape}]`);
  if (described(own).join() !== described(copies).join()) {
    throw new Error(`expected variables ${described(own)}, got ${described(copies)}`);
  }
  for (const [name, variable] of own) copies.get(name)!.assign(variable);
}

function outputsOf({ layer: probe, sizes }: Subject, strategy: Positional, layer: number) {
  return numbersOf(() =>
    probe.forward(strategy, { hidden: hiddenOf(sizes, KEYS), span: spanOf(KEYS, KEYS, 1), layer }),
  );
}
