import { add, cast, imag, real, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

const makers = { float32: floats, int32: wholes, bool: bools };
const dtypes = ["float32", "int32", "bool"] as const;
const all = (x: Tensor) => dtypes.map((dtype) => cast(x, dtype));

describe("as on cpu", () => {
  test.each(dtypes)("%s of every size to 67, and beyond a unit", (dtype) =>
    expectAsOnCpu(() => [...everySize, 4099].flatMap((n) => all(makers[dtype]([n], n + 1)))),
  );

  test("NaN, infinities, fractions, and what 32 bits cannot hold", () => {
    const special = [Number.NaN, Infinity, -Infinity, 0, -0, 0.5, -0.5, 1.9, -1.9, 1e-40];
    const large = [2 ** 31, -(2 ** 31), 2 ** 31 - 128, 3e9, -3e9, 2 ** 32, 1e15, -1e19, 3e38];
    return expectAsOnCpu(() => all(tensor([...special, ...large])));
  });

  test("complex numbers from whole ones", () =>
    expectAsOnCpu(() => {
      const x = cast(tensor([3, -4, 5], [3], "int32"), "complex64");
      return [add(real(x), 1), add(imag(x), 1)];
    }));
});

test("text is refused", () => {
  expect(() => cast(tensor(["a"]), "float32")).toThrow();
});

test("nothing outside is touched", () =>
  expectInBounds(() => dtypes.flatMap((dtype) => all(makers[dtype]([19])))));
