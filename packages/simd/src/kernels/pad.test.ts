import { broadcastTo, memory, pad, tidy, tile, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

const makers = [floats, wholes, bools];

describe("as on cpu", () => {
  test("borders", async () => {
    await expectAsOnCpu(() =>
      makers.flatMap((make) => [
        pad(make([5]), [[2, 3]]),
        // biome-ignore format: pairs
        pad(make([5, 7]), [[0, 0], [1, 0]], 1),
        // biome-ignore format: pairs
        pad(make([3, 4, 5]), [[1, 2], [0, 0], [0, 3]]),
        // biome-ignore format: pairs
        pad(make([2, 3, 4, 5]), [[0, 1], [2, 0], [1, 1], [0, 3]], 1),
      ]),
    );
    await expectAsOnCpu(() => [
      ...everySize.map((n) => pad(floats([n]), [[3, 2]], -1.5)),
      pad(wholes([3]), [[1, 1]], 7),
      pad(zeros([0]), [[2, 1]], 3),
      pad(floats([3]), [[1, 1]], Number.NEGATIVE_INFINITY),
    ]);
  });

  test("again and again", () =>
    expectAsOnCpu(() => [
      ...makers.flatMap((make) => [
        tile(make([5]), [3]),
        tile(make([3, 4]), [2, 1]),
        tile(make([3, 4]), [1, 3]),
        tile(make([2, 3, 4]), [3, 1, 2]),
        tile(make([3, 1]), [1, 67]),
        tile(make([2, 1, 3, 1]), [2, 3, 1, 2]),
        tile(make([1, 5]), [9, 1]),
        tile(make([3]), [0]),
        tile(make([2, 2, 2, 2, 2, 2]), [2, 1, 2, 3, 1, 2]),
      ]),
      broadcastTo(floats([3, 1]), [2, 3, 5]),
      tile(zeros([0, 3]), [2, 2]),
    ]));
});

test("where nothing is added, nothing is copied", () => {
  tidy(() => {
    const x = floats([3, 5]);
    const { numDataBuffers } = memory();
    const same = [tile(x, [1, 1]), pad(x, [[0, 0], [0, 0]])]; // biome-ignore format: pairs
    for (const { shape } of same) expect(shape).toEqual([3, 5]);
    expect(memory().numDataBuffers).toBe(numDataBuffers);
  });
});

test("nothing outside is touched", () =>
  expectInBounds(() => [
    pad(floats([3, 5]), [[1, 1], [2, 0]]), // biome-ignore format: pairs
    pad(bools([7]), [[1, 2]]),
    tile(floats([3, 1]), [2, 7]),
    tile(bools([5, 1]), [1, 19]),
  ]));
