import {
  dispose,
  getBackend,
  getKernel,
  ones,
  profile,
  type Scalar,
  scalar,
  sum,
} from "@tensorflow/tfjs-core";
import { Linear, Module, ones as one } from "@tx/core";
import { expect, test } from "vitest";
import { AdamW, createTrainStep } from "./index";

class Net extends Module {
  readonly first = new Linear(3, 5, { init: one });
  readonly second = new Linear(5, 5, { init: one });
}

/** Kernels of one step by name, once the step has run before. */
async function kernelsOf(nonFinite: "skip" | "apply") {
  const model = new Net();
  const parameters = model.parameters();
  const optimizer = new AdamW({ parameters });
  const step = createTrainStep({
    ...{ model, optimizer, schedule: () => 0.1, maxNorm: 1, nonFinite },
    loss: () => sum(model.second.forward(model.first.forward(x))) as Scalar,
  });
  const x = ones([2, 3]);
  const once = () => {
    const { loss, gradientNorm } = step();
    dispose([loss, gradientNorm]);
    return scalar(0);
  };
  once().dispose();
  const { kernels } = await profile(once);
  const counts = new Map<string, number>();
  for (const { name } of kernels) {
    if (getKernel(name, getBackend())) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return { counts, parameters };
}

test("without an engine a skip on webgpu takes a flag a weight, and one selection for it and each moment", async () => {
  const [skip, apply] = [await kernelsOf("skip"), await kernelsOf("apply")];
  const more = new Map<string, number>();
  for (const [name, count] of skip.counts) {
    const extra = count - (apply.counts.get(name) ?? 0);
    if (extra !== 0) more.set(name, extra);
  }
  // Kernels that make a view of numbers which are there already: nothing is sent to the device.
  more.delete("Identity");
  more.delete("Reshape");
  const variables = [...skip.parameters.values()];
  expect(variables).toHaveLength(4);
  expect(Object.fromEntries(more)).toEqual({
    ...{ IsFinite: 2, LogicalAnd: 1 },
    // The scale of the gradients becomes no number, which each update asks for.
    ...{ IsNan: variables.length, Tile: variables.length },
    Select: 1 + 3 * variables.length,
  });
});
