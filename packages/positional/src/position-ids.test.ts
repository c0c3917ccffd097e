import { type Tensor2D, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { documentPositions, visiblePositions } from "./index";

const EXACT = { rtol: 0, atol: 0 };

async function expectIds(got: Tensor2D, wanted: number[][]): Promise<void> {
  expect(got.dtype).toBe("int32");
  expect(got.shape).toEqual([wanted.length, wanted[0]!.length]);
  await expectClose(got, wanted.flat(), EXACT);
}

test("counts visible tokens from 0, wherever padding is", async () => {
  const rows = ["..ooo", "ooooo", "ooo..", "o.o.o", "....."];
  const visible = tensor2d(
    rows.map((row) => [...row].map((place) => place === "o")),
    undefined,
    "bool",
  );
  await expectIds(visiblePositions(visible), [
    [0, 0, 0, 1, 2],
    [0, 1, 2, 3, 4],
    [0, 1, 2, 0, 0],
    [0, 0, 1, 0, 2],
    [0, 0, 0, 0, 0],
  ]);
});

test("starts from 0 in each document of a row", async () => {
  const documents = [
    [0, 0, 0, 1, 1, 2, 2],
    [7, 7, 7, 7, 7, 7, 7],
    [3, 1, 3, 3, 0, 0, -1],
  ];
  await expectIds(documentPositions(tensor2d(documents, undefined, "int32")), [
    [0, 1, 2, 0, 1, 0, 1],
    [0, 1, 2, 3, 4, 5, 6],
    [0, 0, 0, 1, 0, 1, 0],
  ]);
  await expectIds(documentPositions(tensor2d([[4], [2]], undefined, "int32")), [[0], [0]]);
});

test("holds for long rows", async () => {
  const len = 1025;
  const documents = Array.from({ length: len }, (_, n) => Math.floor(n / 500));
  const wanted = documents.map((number, n) => n - 500 * number);
  await expectIds(documentPositions(tensor2d([documents], undefined, "int32")), [wanted]);
  const all = tensor2d([Array<boolean>(len).fill(true)], undefined, "bool");
  await expectIds(visiblePositions(all), [documents.map((_, n) => n)]);
});

test("refuses what does not fit by name, and leaves nothing behind", async () => {
  const floats = zeros([2, 3]) as Tensor2D;
  const flat = zeros([3], "int32") as unknown as Tensor2D;
  const [visible, documents] = [zeros([2, 3], "bool"), zeros([2, 3], "int32")] as Tensor2D[];
  await expectNoLeak(() => {
    visiblePositions(visible!).dispose();
    documentPositions(documents!).dispose();
    expect(() => visiblePositions(floats)).toThrow(
      new RangeError("visible: expected bool, got float32"),
    );
    expect(() => documentPositions(floats)).toThrow(
      new RangeError("documents: expected int32, got float32"),
    );
    expect(() => visiblePositions(flat)).toThrow("visible: expected [batch, len], got [3]");
    expect(() => documentPositions(flat)).toThrow("documents: expected [batch, len], got [3]");
  });
});
