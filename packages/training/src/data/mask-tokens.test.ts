import { tensor2d } from "@tensorflow/tfjs-core";
import { paddingFromIds } from "@tx/attention";
import { Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { maskTokens } from "./mask-tokens";

const [PAD, CLS, SEP, MASK, VOCAB] = [0, 2, 5, 3, 29];
const options = { vocabSize: VOCAB, maskId: MASK, specialIds: [PAD, CLS, SEP] };
const special = [PAD, CLS, SEP, MASK];
const ordinary = Array.from({ length: VOCAB }, (_, id) => id).filter((id) => !special.includes(id));

/** Rows of [CLS] words [SEP] padding. */
const draw = new Rng(1);
const text = Int32Array.from({ length: 40_000 }, (_, n) => {
  const place = n % 20;
  if (place === 0) return CLS;
  if (place === 16) return SEP;
  return place > 16 ? PAD : ordinary[draw.integer(ordinary.length)]!;
});

/** Fails unless the share is within five standard deviations of what it is drawn with. */
function expectShare(count: number, of: number, chance: number) {
  const deviation = Math.sqrt((chance * (1 - chance)) / of);
  expect(Math.abs(count / of - chance)).toBeLessThan(5 * deviation);
}

test("15 % are chosen; of those 80 % are hidden, 10 % random and 10 % stay", () => {
  const { inputs, labels } = maskTokens(text, { ...options, rng: new Rng(5) });
  let [chosen, hidden, same] = [0, 0, 0];
  const places = new Int32Array(20);
  const others = new Map<number, number>();
  expect(
    labels.every((label, n) => label === text[n] || (label === -100 && inputs[n] === text[n])),
  ).toBe(true);
  for (const [n, label] of labels.entries()) {
    if (label === -100) continue;
    chosen++;
    places[n % 20]!++;
    if (inputs[n] === MASK) hidden++;
    else if (inputs[n] === text[n]) same++;
    else others.set(inputs[n]!, (others.get(inputs[n]!) ?? 0) + 1);
  }
  expectShare(chosen, 2000 * 15, 0.15);
  expectShare(hidden, chosen, 0.8);
  // A random token is the token itself once in so many.
  expectShare(same, chosen, 0.1 + 0.1 / ordinary.length);
  for (const [place, count] of places.entries()) {
    if (place === 0 || place > 15) expect(count).toBe(0);
    else expectShare(count, 2000, 0.15);
  }
  const random = [...others.values()].reduce((sum, count) => sum + count, 0);
  expect([...others.keys()].sort((a, b) => a - b)).toEqual(ordinary);
  for (const count of others.values()) expectShare(count, random, 1 / ordinary.length);
});

test("shares and chance can be others, up to all and none", () => {
  const few = text.subarray(0, 400);
  const all = { ...options, probability: 1, rng: new Rng(5) };
  const count = (inputs: Int32Array, id: number) => inputs.filter((input) => input === id).length;
  const hidden = maskTokens(text, { ...all, maskShare: 1, randomShare: 0 }).inputs;
  expect(count(hidden, MASK)).toBe(2000 * 15);
  const kept = maskTokens(few, { ...all, maskShare: 0, randomShare: 0 });
  expect(kept.inputs).toEqual(few);
  expect(kept.labels.filter((label) => label !== -100)).toHaveLength(20 * 15);
  const random = maskTokens(text, { ...all, maskShare: 0.2, randomShare: 0.8 }).inputs;
  expectShare(count(random, MASK), 2000 * 15, 0.2);
  const none = maskTokens(few, { ...options, probability: 0, ignoreIndex: -1, rng: new Rng(5) });
  expect(none.inputs).toEqual(few);
  expect(none.labels.every((label) => label === -1)).toBe(true);
});

test("whole words are chosen or not, with the same chance, and end with the row", () => {
  // Words of one, two and three tokens, then two tokens that are none; then the next row.
  const wordIds = text.map((_, n) => [0, 1, 1, 2, 2, 2, -1, -1, 3, 0][n % 10]!);
  const plain = text.map((id) => (special.includes(id) ? ordinary[0]! : id));
  const { labels } = maskTokens(plain, { ...options, wordIds, rowLength: 10, rng: new Rng(3) });
  const chosen = new Int32Array(10);
  let [both, mixed, torn] = [0, 0, 0];
  for (let row = 0; row < 4000; row++) {
    const is = Array.from({ length: 10 }, (_, n) => labels[10 * row + n] !== -100);
    for (const [n, yes] of is.entries()) chosen[n]! += yes ? 1 : 0;
    if (is[1] !== is[2] || is[3] !== is[4] || is[3] !== is[5]) torn++;
    // The last word of a row and the first of the next have one number.
    if (is[9] && labels[10 * row + 10] !== -100) both++;
    else if (is[9]) mixed++;
  }
  for (const [n, count] of chosen.entries()) {
    if (n === 6 || n === 7) expect(count).toBe(0);
    else expectShare(count, 4000, 0.15);
  }
  expect(torn).toBe(0);
  expectShare(both, both + mixed, 0.15);
});

test("tokens of a chosen word meet their fates each for itself", () => {
  const wordIds = text.map((_, n) => Math.floor(n / 2) % 7);
  const plain = new Int32Array(text.length).fill(ordinary[3]!);
  const { inputs, labels } = maskTokens(plain, { ...options, wordIds, rng: new Rng(9) });
  let [words, hidden] = [0, 0];
  for (let n = 0; n < text.length; n += 2) {
    if (labels[n] === -100) continue;
    words++;
    if (inputs[n] === MASK && inputs[n + 1] === MASK) hidden++;
  }
  expectShare(hidden, words, 0.64);
});

test("the same seed chooses the same, and the ids stay as they are", () => {
  const few = text.subarray(0, 400);
  const before = few.slice();
  const once = maskTokens(few, { ...options, rng: new Rng(5) });
  expect(maskTokens(few, { ...options, rng: new Rng(5) })).toEqual(once);
  expect(maskTokens(few, { ...options, rng: new Rng(6) })).not.toEqual(once);
  expect(few).toEqual(before);
});

test("it is not an attention mask: what hides the padding is the same before and after", async () => {
  const some = text.subarray(0, 400);
  const masked = maskTokens(some, { ...options, probability: 1, rng: new Rng(5) });
  expect(Object.keys(masked)).toEqual(["inputs", "labels"]);
  await expectNoLeak(async () => {
    const [ids, inputs] = [some, masked.inputs].map((values) =>
      tensor2d(values, [20, 20], "int32"),
    );
    const [before, after] = [paddingFromIds(ids!, PAD), paddingFromIds(inputs!, PAD)];
    expect(Object.keys(after)).toEqual(["keys"]);
    expect(await after.keys!.data()).toEqual(await before.keys!.data());
    for (const tensor of [ids, inputs, before.keys, after.keys]) tensor!.dispose();
  });
});

test("nonsense is refused by name, and draws nothing", () => {
  const rng = new Rng(5);
  const mask =
    (ids: number[], more: object = {}) =>
    () =>
      maskTokens(ids, { ...options, rng, ...more });
  expect(mask([29])).toThrow(new RangeError("ids: expected whole numbers in [0, 29), got 29"));
  expect(mask([-1])).toThrow("ids: expected whole numbers in [0, 29), got -1");
  expect(mask([1], { maskId: 29 })).toThrow("maskId: expected whole numbers in [0, 29), got 29");
  expect(mask([1], { specialIds: [40] })).toThrow("specialIds: expected whole numbers in [0, 29)");
  expect(mask([1], { probability: 1.1 })).toThrow(
    new RangeError("probability: expected a number in [0, 1], got 1.1"),
  );
  expect(mask([1], { randomShare: Number.NaN })).toThrow(
    "randomShare: expected a number in [0, 1]",
  );
  expect(mask([1], { maskShare: 0.9, randomShare: 0.2 })).toThrow(
    "maskShare + randomShare: expected at most 1, got 1.1",
  );
  expect(mask([1, 2], { wordIds: [1] })).toThrow("wordIds: expected 2, one an id, got 1");
  expect(mask([1, 2, 3], { rowLength: 2 })).toThrow(
    "ids: expected whole rows of rowLength=2, got 3",
  );
  expect(mask([0], { vocabSize: 2, maskId: 1, specialIds: [0] })).toThrow(
    "specialIds: expected fewer than vocabSize=2 with maskId, got all",
  );
  expect(rng.state).toBe(new Rng(5).state);
});
