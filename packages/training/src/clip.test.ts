import { dispose, scalar, type Tensor, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { clipByGlobalNorm, clipCoefficient, clipGradientsByValue, globalNorm } from "./index";

const NUMBERS = [0.5, -1, 2, 0.25, 1.5, -0.75, 3];
const NORM = Math.sqrt(NUMBERS.reduce((sum, x) => sum + x * x, 0));

const gradientsOf = (numbers = NUMBERS) =>
  new Map<string, Tensor>([
    ["kernel", tensor2d(numbers.slice(0, 6), [2, 3])],
    ["scale", scalar(numbers[6]!)],
  ]);

test("the norm is over all gradients together", async () => {
  const norm = globalNorm(gradientsOf());
  expect(norm.shape).toEqual([]);
  await expectClose(norm, [NORM]);
  await expectClose(globalNorm(new Map([["one", tensor1d([3, -4])]])), [5]);
});

test("the coefficient brings a larger norm down, and leaves a smaller one", async () => {
  await expectClose(clipCoefficient(scalar(8), 2), [2 / (8 + 1e-6)]);
  await expectClose(clipCoefficient(scalar(2), 8), [1]);
  await expectClose(clipCoefficient(scalar(0), 8), [1]);
});

test("clips all gradients by the same factor, and tells the norm before", async () => {
  const given = gradientsOf();
  const { gradients, norm } = clipByGlobalNorm(given, 1.5);
  await expectClose(norm, [NORM]);
  expect([...gradients.keys()]).toEqual(["kernel", "scale"]);
  const factor = 1.5 / (NORM + 1e-6);
  await expectClose(
    gradients.get("kernel")!,
    NUMBERS.slice(0, 6).map((x) => x * factor),
  );
  await expectClose(gradients.get("scale")!, [3 * factor]);
  await expectClose(globalNorm(gradients), [1.5]);
  await expectClose(given.get("kernel")!, NUMBERS.slice(0, 6));
});

test("gradients within the norm come back as they are, zeros too", async () => {
  const within = clipByGlobalNorm(gradientsOf(), 100).gradients;
  await expectClose(within.get("kernel")!, NUMBERS.slice(0, 6), { rtol: 0, atol: 0 });
  const still = clipByGlobalNorm(gradientsOf(Array(7).fill(0)), 1);
  await expectClose(still.gradients.get("kernel")!, Array(6).fill(0));
  await expectClose(still.norm, [0]);
});

test("clips every entry by itself, and leaves the new gradients only", async () => {
  const given = gradientsOf();
  await expectNoLeak(async () => {
    const clipped = clipGradientsByValue(given, 1.25);
    await expectClose(clipped.get("kernel")!, [0.5, -1, 1.25, 0.25, 1.25, -0.75]);
    await expectClose(clipped.get("scale")!, [1.25]);
    await expectClose(given.get("scale")!, [3]);
    dispose([...clipped.values()]);
  });
  await expectNoLeak(() => {
    expect(() => clipGradientsByValue(given, 0)).toThrow(
      new RangeError("limit: expected a positive number, got 0"),
    );
    expect(() => clipGradientsByValue(new Map(), 1)).toThrow(
      new RangeError("gradients: expected at least one, got none"),
    );
  });
  const whole = new Map([["ids", tensor1d([1, 2], "int32")]]);
  expect(() => clipGradientsByValue(whole, 1)).toThrow(
    new RangeError("ids: expected float32, got int32"),
  );
});

test("leaves its results only", async () => {
  const given = gradientsOf();
  await expectNoLeak(() => {
    const { gradients, norm } = clipByGlobalNorm(given, 1);
    dispose([norm, ...gradients.values(), globalNorm(given)]);
  });
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const given = gradientsOf();
  const norm = scalar(1);
  await expectNoLeak(() => {
    for (const maxNorm of [0, -1, Number.NaN]) {
      const message = `maxNorm: expected a positive number, got ${maxNorm}`;
      expect(() => clipByGlobalNorm(given, maxNorm)).toThrow(new RangeError(message));
      expect(() => clipCoefficient(norm, maxNorm)).toThrow(new RangeError(message));
    }
    const none = new RangeError("gradients: expected at least one, got none");
    expect(() => globalNorm(new Map())).toThrow(none);
    expect(() => clipByGlobalNorm(new Map(), 1)).toThrow(none);
  });
});
