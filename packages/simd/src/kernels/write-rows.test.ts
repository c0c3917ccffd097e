import { engine, type Rank, reshape, type Tensor4D, tensor } from "@tensorflow/tfjs-core";
import { writeRows } from "@tx/ops";
import { describe, expect, test, vi } from "vitest";
import type { SimdBackend } from "../backend";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const numbered = (shape: number[], from: number) =>
  tensor<Rank>(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, n) => from + n),
    shape,
  ) as Tensor4D;

const cases = [false, true].flatMap((overwrite) =>
  [
    [0, 2],
    [2, 3],
    [4, 1],
    [3, 0],
  ].flatMap(([start, count]) =>
    (["bhsd", "bshd"] as const).map((layout) => ({ start: start!, count, layout, overwrite })),
  ),
);

test.each(cases)("as the reference: %j", async ({ count, ...options }) => {
  const lie = (rows: number) => (options.layout === "bshd" ? [2, rows, 3, 7] : [2, 3, rows, 7]);
  const body = () => writeRows(numbered(lie(5), 0), numbered(lie(count!), 1000), options);
  await expectAsOnCpu(body, { rtol: 0, atol: 0 });
  await expectInBounds(body);
});

describe("where it may overwrite", () => {
  const backend = () => engine().backend as SimdBackend;

  test.each(["bhsd", "bshd"] as const)("it moves the rows and nothing else, %s", (layout) => {
    const [buffer, rows] =
      layout === "bshd"
        ? [
            [2, 5, 3, 7],
            [2, 1, 3, 7],
          ]
        : [
            [2, 3, 5, 7],
            [2, 3, 1, 7],
          ];
    const { heap } = backend();
    const given = numbered(buffer!, 0);
    const row = numbered(rows!, 1000);
    const before = [backend().addressOf(given), backend().addressOf(row), heap.bytesInUse];
    const copies = vi.spyOn(heap.bytes, "copyWithin");
    const result = writeRows(given, row, { start: 2, overwrite: true, layout });
    const copied = copies.mock.calls.map(([, from, end]) => end! - from);
    copies.mockRestore();
    expect([backend().addressOf(result), backend().addressOf(row), heap.bytesInUse]).toEqual(
      before,
    );
    expect(copied.reduce((sum, bytes) => sum + bytes, 0)).toBe(2 * 3 * 7 * 4);
    expect(copied).toHaveLength(layout === "bshd" ? 2 : 6);
  });

  test("a reshape that lives on keeps it from doing so", () => {
    const given = numbered([2, 5, 3, 7], 0);
    const view = reshape(given, [2, 1, 5, 21]);
    const result = writeRows(given, numbered([2, 1, 3, 7], 1000), {
      ...{ start: 2, overwrite: true, layout: "bshd" as const },
    });
    expect(backend().addressOf(result)).not.toBe(backend().addressOf(given));
    expect(Array.from(view.dataSync())).toEqual(Array.from({ length: 210 }, (_, n) => n));
  });
});
