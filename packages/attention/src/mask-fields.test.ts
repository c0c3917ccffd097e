import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import type { Mask } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  and,
  causal,
  causalWindow,
  disposeMask,
  documents,
  documentsFromIds,
  maskToText,
  prefix,
  symmetricWindow,
  window,
} from "./index";

const ids = (numbers: number[][]): Tensor2D => tensor2d(numbers, undefined, "int32");
const packed = (): Mask => {
  const given = ids([[1, 1, 2]]);
  const mask = documentsFromIds(given);
  given.dispose();
  return mask;
};

test.each([
  ["a causal window", causalWindow(2), "■ · ·\n■ ■ ·\n· ■ ■"],
  ["a symmetric window", symmetricWindow(1), "■ ■ ·\n■ ■ ■\n· ■ ■"],
  ["a window around", window({ before: 0, after: 1 }), "■ ■ ·\n· ■ ■\n· · ■"],
  ["a window open at one side", window({ before: 0 }), "■ ■ ■\n· ■ ■\n· · ■"],
  ["a prefix", prefix(2), "■ ■ ·\n■ ■ ·\n■ ■ ■"],
  ["documents", documents([[2, 1]], 3), "■ ■ ·\n■ ■ ·\n· · ■"],
  ["documents and what is left", documents([[1, 0]], 3), "■ · ·\n· ■ ■\n· ■ ■"],
  ["documents by their numbers", packed(), "■ ■ ·\n■ ■ ·\n· · ■"],
  ["windows joined", and(window({ before: 1 }), causalWindow(3)), "■ · ·\n■ ■ ·\n· ■ ■"],
  ["prefixes joined", and(prefix(2), prefix(1)), "■ · ·\n■ ■ ·\n■ ■ ■"],
  ["documents and causal", and(packed(), causal()), "■ · ·\n■ ■ ·\n· · ■"],
] as [string, Mask, string][])("%s", async (_, mask, picture) => {
  expect(await maskToText(mask, { queries: 3, keys: 3 })).toBe(picture);
});

test("fewer queries than keys are the last ones", async () => {
  const mask: Mask = { window: { before: 1, after: 0 } };
  expect(await maskToText(mask, { queries: 2, keys: 4 })).toBe("· ■ ■ ·\n· · ■ ■");
});

test("two masks with documents allow what both do, and joined ones are freed", async () => {
  const [one, other] = [packed(), documents([[1, 2]], 3)];
  const both = and(one, other);
  expect(await maskToText(both, { queries: 3, keys: 3 })).toBe("■ · ·\n· ■ ·\n· · ■");
  disposeMask(both);
  await expectNoLeak(() => {
    for (const joined of [and(one, other), and(one, causal())]) disposeMask(joined);
  });
});

test("sizes other than the documents' are refused", async () => {
  await expect(maskToText(packed(), { queries: 2, keys: 3 })).rejects.toThrow(
    new RangeError("queries: expected 3, got 2"),
  );
  await expect(maskToText(packed(), { queries: 3, keys: 4 })).rejects.toThrow(
    new RangeError("keys: expected 3, got 4"),
  );
});

test("documents may differ between queries and keys, and own their tensors", async () => {
  const [queries, keys] = [ids([[1, 2]]), ids([[1, 1, 2]])];
  await expectNoLeak(async () => {
    const mask = documentsFromIds(queries, keys);
    expect(await maskToText(mask, { queries: 2, keys: 3 })).toBe("■ ■ ·\n· · ■");
    disposeMask(mask);
    disposeMask(documents([[2], [1, 1]], 3));
  });
  expect(queries.isDisposed).toBe(false);
});

test("constructors refuse nonsense by name, and leave nothing behind", async () => {
  const [one, two] = [ids([[1, 2]]), ids([[1], [2]])];
  const real = tensor2d([[1, 2]]);
  await expectNoLeak(() => {
    const refused = (make: () => Mask, message: string) =>
      expect(make).toThrow(new RangeError(message));
    refused(() => window({ before: -1 }), "before: expected a whole number from 0, got -1");
    refused(() => window({ after: 1.5 }), "after: expected a whole number from 0, got 1.5");
    refused(() => causalWindow(0), "tokens: expected a whole number from 1, got 0");
    refused(() => symmetricWindow(-1), "radius: expected a whole number from 0, got -1");
    refused(() => prefix(-1), "tokens: expected a whole number from 0, got -1");
    refused(() => documents([[1]], 0), "seq: expected a whole number from 1, got 0");
    refused(() => documents([[1, -1]], 3), "lengths: expected a whole number from 0, got -1");
    refused(
      () => documents([[1], [2, 2]], 3),
      "lengths: expected at most 3 tokens in a row, got 4",
    );
    refused(() => documentsFromIds(real), "queries: expected int32, got float32");
    expect(() => documentsFromIds(one, two)).toThrow("keys: expected [batch=1, keys], got [2, 1]");
  });
});
