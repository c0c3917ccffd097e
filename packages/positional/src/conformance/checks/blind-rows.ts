import { grad, mul, sum, type Tensor, type Tensor3D, tensor2d } from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import { BATCH, hiddenOf, layersOf } from "../cases";
import { type Check, numbersOf } from "../subject";

const KEYS = 5;

/** Rows that may see nothing give finite numbers, forward and in the gradient. */
export const blindRows: Check = {
  name: "rows that see nothing",
  async run(subject, strategy) {
    const { layer: probe, sizes } = subject;
    for (const layer of layersOf(subject)) {
      const forward = (hidden: Tensor3D) => {
        // The first row of the batch sees all but its first two keys, the last one none at all.
        const visible = Array.from({ length: BATCH * KEYS }, (_, at) => at >= 2 && at < KEYS);
        const keys = tensor2d(visible, [BATCH, KEYS], "bool");
        const mask = { causal: true, keys };
        return probe.forward(strategy, { hidden, span: spanOf(KEYS), mask, layer });
      };
      const output = await numbersOf(() => forward(hiddenOf(sizes, KEYS)));
      checkFinite("output", output);
      const square = (x: Tensor) => {
        const y = forward(x as Tensor3D);
        return sum(mul(y, y));
      };
      checkFinite("gradient", await numbersOf(() => grad(square)(hiddenOf(sizes, KEYS))));
    }
    return { status: "passed", detail: "outputs and gradients are finite" };
  },
};

function checkFinite(name: string, numbers: Float32Array): void {
  const at = numbers.findIndex((n) => !Number.isFinite(n));
  if (at >= 0) throw new Error(`${name}: expected finite numbers, got ${numbers[at]}`);
}
