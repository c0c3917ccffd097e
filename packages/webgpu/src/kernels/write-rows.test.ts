import { reshape, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { writeRows } from "@tx/ops";
import { expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

const buffer = (shape: number[], seed: number) => floats(shape, seed) as Tensor4D;
const exact = { rtol: 0, atol: 0 };

test.each([
  [0, 2],
  [2, 3],
  [4, 1],
])("rows from %d on, %d of them, as the reference", async (start, count) => {
  for (const layout of ["bhsd", "bshd"] as const) {
    const lie = (rows: number) => (layout === "bshd" ? [2, rows, 3, 7] : [2, 3, rows, 7]);
    for (const overwrite of [false, true]) {
      await expectAsOnCpu(
        () => writeRows(buffer(lie(5), 1), buffer(lie(count), 2), { start, layout, overwrite }),
        ["TxWriteRows"],
        exact,
      );
    }
  }
});

test("none are left to the reference", () =>
  expectAsOnCpu(
    () => writeRows(buffer([2, 3, 5, 7], 1), buffer([2, 3, 0, 7], 2), { start: 1 }),
    [],
  ));

describe("where it may overwrite", () => {
  const shape = [1, 5, 1, 2];
  const write = (into: Tensor4D, start: number) => {
    const rows = buffer([1, 1, 1, 2], start + 7);
    const written = writeRows(into, rows, { start, overwrite: true, layout: "bshd" });
    rows.dispose();
    return written;
  };

  test("the buffer stays where it is, and what was read of it before is not taken for new", async () => {
    let held = buffer(shape, 1);
    const before = [...(await held.data())];
    await expectNoLeak(async () => {
      for (const start of [0, 3]) {
        const reading = held.data();
        const old = [...(await held.data())];
        const next = write(held, start);
        expect(next.dataId).toBe(held.dataId);
        held.dispose();
        held = next;
        expect([...(await reading)]).toEqual(old);
        expect([...(await held.data())].slice(2 * start, 2 * start + 2)).not.toEqual(
          before.slice(2 * start, 2 * start + 2),
        );
      }
    });
    expect([...(await held.data())].slice(2, 6)).toEqual(before.slice(2, 6));
    held.dispose();
  });

  test("a reshape that lives on keeps it from doing so", async () => {
    const held = buffer(shape, 1);
    const view: Tensor = reshape(held, [10]);
    const before = [...(await view.data())];
    const next = write(held, 2);
    expect(next.dataId).not.toBe(held.dataId);
    expect([...(await view.data())]).toEqual(before);
    for (const tensor of [held, view, next]) tensor.dispose();
  });
});
