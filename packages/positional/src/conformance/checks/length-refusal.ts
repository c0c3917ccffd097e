import { type Positional, spanOf } from "@tx/core";
import { hiddenOf, layersOf } from "../cases";
import { type Check, numbersOf, orRefused, type Subject } from "../subject";

/** Where any length is claimed, positions this far are tried. */
const FAR = 5000;

const [KEYS, QUERIES] = [5, 2];

/** Positions past maxLen throw, and up to it do not; without maxLen none throws. */
export const lengthRefusal: Check = {
  name: "length refusal",
  async run(subject, strategy) {
    const { maxLen } = strategy;
    for (const layer of layersOf(subject)) {
      const last = (maxLen ?? FAR) - 1;
      const seen = await outputsUpTo(subject, strategy, layer, last);
      if (!seen.every(Number.isFinite)) {
        throw new Error(`expected finite outputs at position ${last}, got others`);
      }
      if (maxLen !== undefined) await checkRefused(subject, strategy, layer, maxLen);
    }
    const detail =
      maxLen === undefined
        ? `no end: finite at position ${FAR - 1}`
        : `position ${maxLen} is refused, the one before it is not`;
    return { status: "passed", detail };
  },
};

/** @throws Error unless position maxLen is refused by a RangeError with both numbers. */
async function checkRefused(
  subject: Subject,
  strategy: Positional,
  layer: number,
  maxLen: number,
): Promise<void> {
  const found = await orRefused(() => outputsUpTo(subject, strategy, layer, maxLen));
  if (!("refused" in found)) {
    throw new Error(`expected a RangeError at position ${maxLen} (maxLen ${maxLen}), got none`);
  }
  const told = found.refused.match(/\d+/g)?.map(Number) ?? [];
  // The number asked may be told as the last position, or as how many there are to be.
  const [allowed, asked] = [
    [maxLen, maxLen - 1],
    [maxLen, maxLen + 1],
  ];
  const tells = told.some((n) => allowed.includes(n)) && told.some((n) => asked.includes(n));
  if (!tells) {
    throw new Error(
      `expected an error with the number asked and the number allowed, got "${found.refused}"`,
    );
  }
}

function outputsUpTo(subject: Subject, strategy: Positional, layer: number, last: number) {
  const keys = Math.min(KEYS, last + 1);
  return numbersOf(() =>
    subject.layer.forward(strategy, {
      hidden: hiddenOf(subject.sizes, keys),
      span: spanOf(Math.min(QUERIES, keys), keys, last + 1 - keys),
      layer,
    }),
  );
}
