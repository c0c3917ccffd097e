import { grad, memory, sum, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import { hiddenOf, layersOf } from "../cases";
import { type Check, disposeOf, numbersOf, type Subject } from "../subject";

/** Calls leave nothing behind but tables that the strategy owns and frees. */
export const leaks: Check = {
  name: "leaks",
  async run(subject) {
    const before = memory().numTensors;
    const strategy = subject.make();
    const made = memory().numTensors;
    const use = () => everyHook(subject, strategy);
    await use();
    const once = memory().numTensors;
    await use();
    const twice = memory().numTensors;
    disposeOf(strategy);
    const after = memory().numTensors;
    if (twice !== once)
      throw new Error(`expected a call to leave none, got ${twice - once} tensors`);
    if (after !== before) {
      throw new Error(`expected dispose() to free all, got ${after - before} tensors left`);
    }
    const detail = `${made - before} tensors made, ${once - made} more kept in use, none left`;
    return { status: "passed", detail };
  },
};

async function everyHook(subject: Subject, strategy: ReturnType<Subject["make"]>): Promise<void> {
  for (const layer of layersOf(subject)) {
    for (const [queries, keys, start] of [
      [5, 5, 0],
      [2, 7, 1],
      [1, 1, 0],
    ] as const) {
      const forward = (hidden: Tensor) =>
        subject.layer.forward(strategy, {
          hidden: hidden as Tensor3D,
          span: spanOf(queries, keys, start),
          layer,
        });
      await numbersOf(() => forward(hiddenOf(subject.sizes, keys)));
      const slope = grad((hidden: Tensor) => sum(forward(hidden)));
      await numbersOf(() => slope(hiddenOf(subject.sizes, keys)));
    }
  }
  strategy.toJSON();
}
