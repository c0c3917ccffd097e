import { customGrad, exp, mul, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectGradients } from "./gradient";
import { expectNoLeak } from "./leak";

/** a · exp(b) with gradients of its own, times `mistake` for b: tfjs-core alone has none. */
function product(mistake: number): (a: Tensor, b: Tensor) => Tensor {
  return customGrad((...inputs) => {
    const [a, b] = inputs as [Tensor, Tensor];
    return {
      value: mul(a, exp(b)),
      gradFunc: (dy: Tensor) => [mul(dy, exp(b)), mul(mul(mul(dy, a), exp(b)), mistake)],
    };
  }) as (a: Tensor, b: Tensor) => Tensor;
}

const inputs = (): [Tensor, Tensor] => [
  tensor([0.5, -1, 2, 0.1, 0.3, -0.7], [2, 3]),
  tensor([-0.5, 1, 0.2, 0.9, -1.3, 0.4], [2, 3]),
];

test("passes right gradients, and leaves nothing behind", async () => {
  const [a, b] = inputs();
  await expectNoLeak(() => expectGradients(product(1), [a, b]));
});

test("names the input and the entry of a wrong gradient", async () => {
  await expect(expectGradients(product(1.01), inputs())).rejects.toThrow(
    /^gradient of input 1, entry \[0, 0\]: wanted .*, got .* \(6 of 6 entries are off/,
  );
});

test("refuses inputs that have no gradient", async () => {
  const ids = tensor([1, 2], [2], "int32");
  await expect(expectGradients((x) => x, [ids])).rejects.toThrow(
    "input 0: expected float32, got int32",
  );
});
