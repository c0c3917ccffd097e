import { grads, type Tensor } from "@tensorflow/tfjs-core";
import { matMul } from "@tx/ops";
import { afterEach, describe, expect, test } from "vitest";
import { configureWebgpu } from "../settings";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

afterEach(() => configureWebgpu({ products: "auto" }));

interface Case {
  readonly a: number[];
  readonly b: number[];
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const close = { rtol: 2e-5, atol: 5e-4 };

/** The product by itself, and both gradients. */
function all({ a, b, ...options }: Case): Tensor[] {
  const run = (a: Tensor, b: Tensor): Tensor => matMul(a, b, options);
  const given = [floats(a, 1), floats(b, 2)];
  const product = run(given[0]!, given[1]!);
  return [product, ...grads(run)(given, floats(product.shape, 3))];
}

describe("our own products as the reference", () => {
  test.each<Case>([
    { a: [1, 1], b: [1, 1] },
    { a: [3, 5], b: [5, 7] },
    { a: [65, 17], b: [17, 66] },
    { a: [5, 3], b: [5, 7], transposeA: true },
    { a: [3, 5], b: [7, 5], transposeB: true },
    { a: [5, 3], b: [7, 5], transposeA: true, transposeB: true },
    { a: [2, 3, 5, 7], b: [2, 3, 7, 11] },
    { a: [2, 1, 5, 7], b: [3, 11, 7], transposeB: true },
    { a: [2, 3, 7, 5], b: [1, 3, 7, 11], transposeA: true },
    { a: [2, 3, 5, 7], b: [7, 11] },
  ])("%j", async (given) => {
    configureWebgpu({ products: "own" });
    await expectAsOnCpu(() => all(given), ["TxMatMul"], close);
  });
});

describe("by themselves", () => {
  test("only where a batch axis is broadcast", async () => {
    const one = () => matMul(floats([2, 3, 5, 7]), floats([3, 7, 2]));
    await expectAsOnCpu(one, ["TxMatMul"], close);
    await expectAsOnCpu(() => matMul(floats([2, 5, 7]), floats([2, 7, 3])), [], close);
    await expectAsOnCpu(() => matMul(floats([0, 7]), floats([7, 3])), []);
  });

  test("never where tfjs's are asked for", async () => {
    configureWebgpu({ products: "stock" });
    await expectAsOnCpu(() => matMul(floats([2, 3, 5, 7]), floats([3, 7, 2])), [], close);
  });
});

test.each([
  [{ products: "mine" }, 'products: expected one of auto, own, stock, got "mine"'],
  [{ subgroups: 1 }, "subgroups: expected true or false, got 1"],
])("refuses %j", (given, message) => {
  expect(() => configureWebgpu(given as object)).toThrow(new RangeError(message));
});
