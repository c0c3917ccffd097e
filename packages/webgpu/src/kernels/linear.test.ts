import { grads, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { type LinearActivation, linear } from "@tx/ops";
import { describe, expect, test } from "vitest";
import { tileOf } from "../product";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";
import { partsOf } from "./linear";

interface Case {
  readonly shape: number[];
  readonly outputs: number;
  readonly hasBias?: boolean;
  readonly hasResidual?: boolean;
  readonly activation?: LinearActivation;
}

/** The value by itself, and the gradients of all inputs. */
function all({ shape, outputs, hasBias, hasResidual, activation }: Case): Tensor[] {
  const inputs = shape.at(-1)!;
  const outputShape = [...shape.slice(0, -1), outputs];
  const given = [
    floats(shape, 1),
    floats([inputs, outputs], 2),
    ...(hasBias ? [floats([outputs], 3)] : []),
    ...(hasResidual ? [floats(outputShape, 4)] : []),
  ];
  const f = (x: Tensor, kernel: Tensor, ...others: Tensor[]) => {
    const bias = hasBias ? (others.shift() as Tensor1D) : undefined;
    return linear(x, kernel as Tensor2D, bias, { activation, residual: others[0] });
  };
  const run = f as (...tensors: Tensor[]) => Tensor;
  return [run(...given), ...grads(run)(given, floats(outputShape, 5))];
}

const ran = ["TxLinear", "TxLinearGrad"];
const close = { rtol: 2e-5, atol: 2e-4 };

describe("as the reference", () => {
  test.each([
    [16, 1, 1],
    [17, 3, 5],
    [63, 16, 64],
    [64, 17, 65],
    [65, 15, 63],
    [130, 33, 71],
  ])("%d rows of %d to %d", async (rows, inputs, outputs) => {
    await expectAsOnCpu(() => all({ shape: [rows, inputs], outputs }), ran, close);
    await expectAsOnCpu(() => all({ shape: [rows, inputs], outputs, hasBias: true }), ran, close);
  });

  test("more axes, and a residual", () =>
    expectAsOnCpu(
      () => all({ shape: [2, 3, 7, 5], outputs: 9, hasBias: true, hasResidual: true }),
      ran,
      close,
    ));

  test.each(["relu", "gelu", "gelu-tanh", "silu"] as const)("with %s", (activation) =>
    expectAsOnCpu(
      () => all({ shape: [19, 6], outputs: 11, hasBias: true, hasResidual: true, activation }),
      ran,
      { rtol: 2e-5, atol: 5e-4 },
    ),
  );

  test("a kernel's gradient whose rows several workgroups share", async () => {
    expect(partsOf({ rows: 5, columns: 7, inner: 1030 })).toBe(2);
    await expectAsOnCpu(() => all({ shape: [1030, 5], outputs: 7, hasBias: true }), ran, {
      rtol: 5e-5,
      atol: 5e-3,
    });
  });

  test("tiles of 128", async () => {
    expect(tileOf({ rows: 12_300, columns: 129, inner: 2 })).toBe(128);
    await expectAsOnCpu(() => all({ shape: [12_300, 2], outputs: 129 }), ran, {
      rtol: 5e-5,
      atol: 2e-2,
    });
  });
});

test.each([
  { shape: [15, 4], outputs: 3 },
  { shape: [0, 4], outputs: 3 },
])("left to the reference: %j", (given) =>
  expectAsOnCpu(() => linear(floats(given.shape), floats([4, 3]) as Tensor2D), []),
);
