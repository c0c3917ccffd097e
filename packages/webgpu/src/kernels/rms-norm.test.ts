import { grads, type Tensor, type Tensor1D, zeros } from "@tensorflow/tfjs-core";
import { rmsNorm } from "@tx/ops";
import { describe, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

function all(x: Tensor, hasGain: boolean): Tensor[] {
  const f = (x: Tensor, gain?: Tensor) => rmsNorm(x, gain as Tensor1D | undefined);
  const inputs = [x, ...(hasGain ? [floats([x.shape.at(-1)!], 5)] : [])];
  const value = f(...(inputs as [Tensor]));
  return [value, ...grads(f)(inputs, floats(value.shape, 9))];
}

const ran = ["TxRmsNorm", "TxRmsNormGrad"];

describe.each([false, true])("a gain: %s", (hasGain) => {
  test.each([1, 2, 5, 63, 64, 65, 131])("width %d", (width) =>
    expectAsOnCpu(() => all(floats([1 + ((width * 7) % 11), width]), hasGain), ran, {
      atol: 5e-5,
    }),
  );

  test("more rows than parts, more axes, and a row of zeros", async () => {
    await expectAsOnCpu(() => all(floats([519, 6]), hasGain), ran, { rtol: 3e-5, atol: 2e-4 });
    await expectAsOnCpu(() => all(floats([2, 3, 4, 13]), hasGain), ran, { atol: 5e-5 });
    await expectAsOnCpu(() => all(zeros([2, 3]), hasGain), ran, { rtol: 1e-4 });
  });
});

test("no rows: the reference", () => expectAsOnCpu(() => all(zeros([0, 5]), true), []));
