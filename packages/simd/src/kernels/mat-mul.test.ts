import { engine, fused, matMul, randomUniform, slice, tensor, zeros } from "@tensorflow/tfjs-core";
import { matMul as txMatMul } from "@tx/ops";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const made = (shape: number[], seed: number) => randomUniform(shape, -1, 1, "float32", seed);
const layouts = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

/** Whole numbers from 1 to most, the same ones each time. */
function sizes(count: number, most: number): number[] {
  return Array.from({ length: count }, (_, n) => 1 + ((n * 7919 + 31 * n * n) % most));
}

function product([rows, inner, columns]: readonly number[], turnA: boolean, turnB: boolean) {
  const a = made(turnA ? [inner!, rows!] : [rows!, inner!], 3);
  const b = made(turnB ? [columns!, inner!] : [inner!, columns!], 5);
  return matMul(a as never, b as never, turnA, turnB);
}

// Sums of many numbers that cancel keep fewer digits.
const near = (inner: number) => ({ atol: 1e-6 * Math.max(1, Math.sqrt(inner)) });

describe.each(layouts)("transposeA %s, transposeB %s", (turnA, turnB) => {
  test("sizes from 1 to 67", async () => {
    const all = sizes(45, 67);
    for (let n = 0; n < 15; n++) {
      const shape = all.slice(3 * n, 3 * n + 3);
      await expectAsOnCpu(() => product(shape, turnA, turnB), near(shape[1]!));
    }
  });

  test("few rows, and few columns", async () => {
    for (const rows of [1, 2, 3, 4, 5, 8, 9]) {
      for (const [inner, columns] of [
        [1, 1],
        [7, 5],
        [33, 70],
        [66, 8],
      ] as const) {
        await expectAsOnCpu(() => product([rows, inner, columns], turnA, turnB), near(inner));
        await expectAsOnCpu(() => product([columns, inner, rows], turnA, turnB), near(inner));
      }
    }
  });

  test("more than one block of each axis", async () => {
    for (const shape of [
      [2, 1100, 37],
      [1, 5, 2100],
      [261, 5, 33],
      [70, 1030, 67],
      [301, 513, 9],
    ]) {
      await expectAsOnCpu(() => product(shape, turnA, turnB), near(shape[1]!));
    }
  });

  test("nothing outside is touched", async () => {
    for (const shape of [
      [1, 3, 5],
      [2, 9, 33],
      [5, 7, 9],
      [9, 5, 23],
      [11, 6, 1],
    ]) {
      await expectInBounds(() => product(shape, turnA, turnB));
    }
  });

  test("empty axes: no sums, or sums of nothing", async () => {
    for (const shape of [
      [0, 3, 5],
      [3, 0, 5],
      [1, 0, 5],
      [3, 5, 0],
      [0, 0, 0],
    ]) {
      await expectAsOnCpu(() => product(shape, turnA, turnB));
    }
  });

  test("batches, broadcast in every way", async () => {
    for (const [a, b] of [
      [[4], [4]],
      [[4], []],
      [[], [4]],
      [[1], [4]],
      [[2, 1], [3]],
      [
        [2, 3],
        [2, 1],
      ],
      [[0], [0]],
    ] as const) {
      for (const [rows, inner, columns] of [
        [5, 6, 7],
        [1, 9, 11],
      ] as const) {
        const left = [...a, ...(turnA ? [inner, rows] : [rows, inner])];
        const right = [...b, ...(turnB ? [columns, inner] : [inner, columns])];
        const options = { transposeA: turnA, transposeB: turnB };
        await expectAsOnCpu(() => txMatMul(made(left, 3), made(right, 5), options));
      }
    }
  });

  test("NaN and infinity", async () => {
    const values = [1, -2, Number.NaN, Number.POSITIVE_INFINITY, 0, 3, Number.NEGATIVE_INFINITY, 1];
    const special = (rows: number, columns: number) =>
      tensor(
        Array.from({ length: rows * columns }, (_, n) => values[(n * n + n) % 8]!),
        [rows, columns],
      );
    for (const [rows, inner, columns] of [
      [9, 3, 10],
      [1, 3, 10],
      [2, 5, 7],
    ] as const) {
      await expectAsOnCpu(() => {
        const a = turnA ? special(inner, rows) : special(rows, inner);
        const b = turnB ? special(columns, inner) : special(inner, columns);
        return matMul(a as never, b as never, turnA, turnB);
      });
    }
  });

  test("whole numbers stay whole", async () => {
    const whole = (shape: number[], seed: number) => randomUniform(shape, -9, 9, "int32", seed);
    await expectAsOnCpu(() => {
      const a = whole(turnA ? [7, 5] : [5, 7], 3);
      const b = whole(turnB ? [3, 7] : [7, 3], 5);
      return matMul(a as never, b as never, turnA, turnB);
    });
    const [left, right] = [turnA ? [2, 1, 7, 5] : [2, 1, 5, 7], turnB ? [3, 3, 7] : [3, 7, 3]];
    const options = { transposeA: turnA, transposeB: turnB };
    await expectAsOnCpu(() => txMatMul(whole(left, 3), whole(right, 5), options));
  });
});

describe("fused", () => {
  const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const;
  const biases = { none: undefined, columns: [11], "a row": [1, 11], all: [5, 11], one: [1] };

  test.each(activations)("%s, with each bias", async (activation) => {
    for (const shape of Object.values(biases)) {
      for (const rows of [1, 5, 9]) {
        if (shape?.[0] === 5 && rows !== 5) continue;
        await expectAsOnCpu(() =>
          fused.matMul({
            a: randomUniform([rows, 13], -3, 3, "float32", 3) as never,
            b: made([11, 13], 5) as never,
            transposeB: true,
            ...(shape ? { bias: made(shape, 7) } : {}),
            activation,
            ...(activation === "prelu" ? { preluActivationWeights: made([11], 9) } : {}),
            leakyreluAlpha: 0.3,
          }),
        );
      }
    }
  });

  test("batches", () =>
    expectAsOnCpu(() => {
      const [a, b, bias] = [made([3, 5, 13], 3), made([3, 13, 11], 5), made([11], 7)];
      return fused.matMul({ a: a as never, b: b as never, bias, activation: "relu" });
    }));

  test("whole numbers, and none", async () => {
    const whole = (shape: number[], seed: number) => randomUniform(shape, -9, 9, "int32", seed);
    await expectAsOnCpu(() => {
      const [a, b, bias] = [whole([5, 7], 3), whole([7, 3], 5), whole([3], 7)];
      return fused.matMul({ a: a as never, b: b as never, bias, activation: "relu" });
    });
    await expectAsOnCpu(() => {
      const [a, b, bias] = [zeros([0, 7]), made([7, 3], 5), made([3], 7)];
      return fused.matMul({ a: a as never, b: b as never, bias, activation: "sigmoid" });
    });
  });

  test("NaN and infinity pass through each activation", async () => {
    const extremes = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 200, -200];
    for (const activation of activations.filter((name) => name !== "prelu")) {
      await expectAsOnCpu(() => {
        const a = tensor([...extremes, 0, 1, -1], [8, 1]);
        return fused.matMul({ a: a as never, b: tensor([1], [1, 1]) as never, activation });
      });
    }
  });
});

test("a row's product has the bits that it has among many", async () => {
  // Decoding token by token must not drift from the pass over all of them.
  const [a, b] = [made([9, 130], 3), made([130, 70], 5)];
  const [all, first] = [
    matMul(a as never, b as never),
    matMul(slice(a, 0, 1) as never, b as never),
  ];
  expect([...(await first.data())]).toEqual([...(await all.data()).slice(0, 70)]);
});

test("sizes that do not fit are refused, not read past", () => {
  expect(() => matMul(zeros([2, 3]), zeros([5, 4]))).toThrow(/\S/);
  expect(() =>
    engine().runKernel(
      "BatchMatMul",
      { a: zeros([1, 2, 3]), b: zeros([1, 5, 4]) },
      { transposeA: false, transposeB: false },
    ),
  ).toThrow("matMul: expected b with 3 inner for a of [1, 2, 3], got [1, 5, 4]");
  expect(() =>
    engine().runKernel(
      "BatchMatMul",
      { a: zeros([2, 2, 3]), b: zeros([3, 3, 4]) },
      { transposeA: false, transposeB: false },
    ),
  ).toThrow("Operands could not be broadcast together");
});
