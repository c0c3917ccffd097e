import { grads, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { activatedLinear, feedForward, type LinearActivation, linear, linears } from "@tx/ops";
import { describe, expect, test } from "vitest";
import { tileOf } from "../product";
import { configureWebgpu } from "../settings";
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
function all({ shape, outputs, hasBias, hasResidual, activation = "linear" }: Case): Tensor[] {
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
    return activatedLinear(x, kernel as Tensor2D, bias, activation, { residual: others[0] });
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

  test.each([
    [1, 1, 1],
    [1, 17, 19],
    [2, 5, 16],
    [3, 64, 33],
    [5, 15, 7],
    [15, 31, 47],
  ])("few: %d rows of %d to %d", async (rows, inputs, outputs) => {
    const shape = [rows, inputs];
    await expectAsOnCpu(() => all({ shape, outputs }), ["TxLinear"], close);
    const more = { hasBias: true, hasResidual: true, activation: "gelu" } as const;
    await expectAsOnCpu(() => all({ shape, outputs, ...more }), ["TxLinear"], close);
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

test("left to the reference where there are no numbers", () =>
  expectAsOnCpu(() => linear(floats([0, 4]), floats([4, 3]) as Tensor2D), []));

describe("several maps of one x", () => {
  const maps = (inputs: number, outputs: number[], biased: (n: number) => boolean) =>
    outputs.map((width, n) => ({
      kernel: floats([inputs, width], 2 * n + 1) as Tensor2D,
      ...(biased(n) ? { bias: floats([width], 2 * n + 2) as Tensor1D } : {}),
    }));

  test.each([
    ["one", [1, 7], [5]],
    ["as many as one program binds", [3, 5], [16, 1, 35]],
    ["in tiles", [2, 9, 5], [65, 3, 64]],
    ["more than one program binds", [17, 3], [2, 3, 5, 7, 11, 13]],
  ] as const)("%s", async (_, shape, outputs) => {
    for (const biased of [() => false, () => true, (n: number) => n % 3 === 1]) {
      await expectAsOnCpu(
        () => linears(floats(shape), maps(shape.at(-1)!, [...outputs], biased)),
        ["TxLinears"],
        close,
      );
    }
  });

  test("leave those alone that are none of floats or of nothing", () =>
    expectAsOnCpu(
      () =>
        linears(
          floats([0, 3]),
          maps(3, [4], () => true),
        ),
      [],
    ));
});

describe("a feed-forward", () => {
  const run = (rows: number, activation: LinearActivation, whole: boolean) => () =>
    feedForward(
      floats([rows, 5]),
      {
        kernel: floats([5, 19], 2) as Tensor2D,
        ...(whole && { bias: floats([19], 3) as Tensor1D }),
      },
      {
        kernel: floats([19, 3], 4) as Tensor2D,
        ...(whole && { bias: floats([3], 5) as Tensor1D }),
      },
      { activation, ...(whole && { residual: floats([rows, 3], 6) }) },
    );

  test.each([1, 4, 17])("of %d rows", async (rows) => {
    const wide = { rtol: 2e-5, atol: 1e-3 };
    await expectAsOnCpu(run(rows, "silu", true), ["TxFeedForward"], wide);
    await expectAsOnCpu(run(rows, "relu", false), ["TxFeedForward"], wide);
  });
});

test("where tfjs's products are wanted, all is left to them", async () => {
  configureWebgpu({ products: "stock" });
  try {
    await expectAsOnCpu(() => all({ shape: [17, 3], outputs: 5, hasBias: true }), [], close);
  } finally {
    configureWebgpu({ products: "auto" });
  }
});
