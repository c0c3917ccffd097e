import { disposeMask, documentsFromIds, documents as documentsMask } from "@tx/attention";
import { Rng } from "@tx/core";
import { documentPositions } from "@tx/positional";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { firstFitDecreasing, nextFit } from "./first-fit";
import { rowsTensor } from "./int-rows";
import { type PackedRows, packDocuments } from "./pack-documents";

const rng = new Rng(7);
const texts = Array.from({ length: 53 }, () =>
  Int32Array.from({ length: 1 + rng.integer(17) }, () => 1 + rng.integer(90)),
);

const row = ({ values, shape: [, columns] }: PackedRows["tokens"], n: number) => [
  ...values.subarray(n * columns, (n + 1) * columns),
];

/** Naive: lays each row out token by token, by what the pieces say. */
function expectLaidOut(
  packed: PackedRows,
  documents: readonly ArrayLike<number>[],
  length: number,
) {
  for (const [n, pieces] of packed.pieces.entries()) {
    const [tokens, numbers, positions, labels]: number[][] = [[], [], [], []];
    for (const [number, { document, from, length }] of pieces.entries()) {
      for (let i = 0; i < length; i++) {
        tokens!.push(documents[document]![from + i]!);
        numbers!.push(number);
        positions!.push(i);
        labels!.push(i === length - 1 ? -100 : documents[document]![from + i + 1]!);
      }
    }
    for (let i = 0; tokens!.length < length; i++) {
      tokens!.push(0);
      numbers!.push(pieces.length);
      positions!.push(i);
      labels!.push(-100);
    }
    expect(row(packed.tokens, n)).toEqual(tokens);
    expect(row(packed.documents, n)).toEqual(numbers);
    expect(row(packed.positions, n)).toEqual(positions);
    expect(row(packed.labels, n)).toEqual(labels);
  }
}

test.each(["firstFitDecreasing", "inOrder"] as const)(
  "%s: every document once and whole",
  (placement) => {
    const packed = packDocuments(texts, { rowLength: 19, placement });
    expect(packed.tokens.shape).toEqual([packed.pieces.length, 19]);
    const seen = packed.pieces.flat();
    expect(seen.map(({ document }) => document).sort((a, b) => a - b)).toEqual(
      texts.map((_, n) => n),
    );
    for (const { document, from, length } of seen) {
      expect([from, length]).toEqual([0, texts[document]!.length]);
    }
    if (placement === "inOrder")
      expect(seen.map(({ document }) => document)).toEqual(texts.map((_, n) => n));
    expectLaidOut(packed, texts, 19);
  },
);

test("a long document is split into pieces that count as documents, where that is asked for", () => {
  const documents = [[1, 2], Array.from({ length: 11 }, (_, n) => 10 + n), [3]];
  const packed = packDocuments(documents, { rowLength: 4, placement: "inOrder", tooLong: "split" });
  expect(packed.pieces).toEqual([
    [{ document: 0, from: 0, length: 2 }],
    [{ document: 1, from: 0, length: 4 }],
    [{ document: 1, from: 4, length: 4 }],
    [
      { document: 1, from: 8, length: 3 },
      { document: 2, from: 0, length: 1 },
    ],
  ]);
  expectLaidOut(packed, documents, 4);
});

test("the mask and the positions are those of @tx/attention and @tx/positional", async () => {
  const packed = packDocuments(texts, { rowLength: 23 });
  await expectNoLeak(async () => {
    const [numbers, positions] = [packed.documents, packed.positions].map((rows) =>
      rowsTensor(rows),
    );
    const byLengths = documentsMask(
      packed.pieces.map((pieces) => pieces.map(({ length }) => length)),
      23,
    );
    const byIds = documentsFromIds(numbers!);
    expect(await byIds.documents!.queries.data()).toEqual(
      await byLengths.documents!.queries.data(),
    );
    const wanted = documentPositions(numbers!);
    expect(await positions!.data()).toEqual(await wanted.data());
    for (const tensor of [numbers!, positions!, wanted]) tensor.dispose();
    for (const mask of [byLengths, byIds]) disposeMask(mask);
  });
});

test("first fit decreasing is what naive search finds, and packs tighter than in order", () => {
  const lengths = texts.map(({ length }) => length);
  const naive = new Int32Array(lengths.length);
  const room: number[] = [];
  for (const n of lengths.map((_, n) => n).sort((a, b) => lengths[b]! - lengths[a]!)) {
    let at = room.findIndex((left) => left >= lengths[n]!);
    if (at === -1) at = room.push(19) - 1;
    room[at]! -= lengths[n]!;
    naive[n] = at;
  }
  const found = firstFitDecreasing(lengths, 19);
  expect(found).toEqual(naive);
  const fewest = Math.ceil(lengths.reduce((sum, length) => sum + length, 0) / 19);
  expect(Math.max(...found) + 1).toBeLessThanOrEqual(Math.ceil((11 / 9) * fewest) + 1);
  expect(Math.max(...found)).toBeLessThan(Math.max(...nextFit(lengths, 19)));
});

test("thousands of documents are packed well", () => {
  const many = Array.from({ length: 3000 }, () => new Int32Array(1 + rng.integer(500)));
  const { pieces, tokens } = packDocuments(many, { rowLength: 512 });
  const used = many.reduce((sum, { length }) => sum + length, 0);
  expect(used / tokens.values.length).toBeGreaterThan(0.95);
  expect(pieces.flat()).toHaveLength(3000);
});

test("nonsense is refused by name", () => {
  const options = { rowLength: 4 };
  expect(() => packDocuments([[1], [1, 2, 3, 4, 5]], options)).toThrow(
    new RangeError("documents[1]: expected at most rowLength=4 tokens, got 5"),
  );
  expect(() => packDocuments([[1], []], options)).toThrow(
    "documents[1].length: expected a whole number from 1, got 0",
  );
  expect(() => packDocuments([], options)).toThrow("documents: expected a whole number from 1");
  expect(() => packDocuments([[1]], { rowLength: 0 })).toThrow("rowLength: expected");
  expect(() => packDocuments([[1.5]], options)).toThrow("documents[0]: expected whole numbers");
  expect(() => packDocuments([[1]], { ...options, placement: "best" as "inOrder" })).toThrow(
    "placement: expected one of firstFitDecreasing, inOrder, got best",
  );
  expect(() => packDocuments([[1]], { ...options, tooLong: "cut" as "split" })).toThrow(
    "tooLong: expected one of refuse, split, got cut",
  );
  expect(() => packDocuments([[1]], { ...options, padId: 0.5 })).toThrow("padId: expected");
});
