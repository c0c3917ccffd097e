import {
  abs,
  backend,
  scalar,
  type Tensor,
  tidy,
  type Variable,
  variable,
} from "@tensorflow/tfjs-core";
import { adamWUpdate } from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test, vi } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

function update(shape: number[], scale?: number, skipNaN = false): Tensor[] {
  const { parameter, firstMoment, secondMoment } = adamWUpdate(
    {
      parameter: floats(shape, 1),
      gradient: floats(shape, 2),
      firstMoment: floats(shape, 4),
      secondMoment: abs(floats(shape, 5)),
      gradientScale: scale === undefined ? undefined : scalar(scale),
    },
    { rate: 0.01, step: 3, weightDecay: 0.1, overwrite: true, skipNaN },
  );
  return [parameter, firstMoment, secondMoment];
}

test.each([[[]], [[1]], [[3, 7]], [[255]], [[257]], [[2, 3, 211]]])("shape %j", async (shape) => {
  await expectAsOnCpu(() => update(shape), ["TxAdamW"]);
  await expectAsOnCpu(() => update(shape, 0.3), ["TxAdamW"]);
});

test.each([Number.NaN, 0.5])("a scale of %d, where NaN is to leave all as it was", (scale) =>
  expectAsOnCpu(() => update([3, 7], scale, true), ["TxAdamW"]),
);

test("none: the reference", () => expectAsOnCpu(() => update([0, 3]), []));

test("variables take the results, and a clone keeps the numbers it had", async () => {
  const names = [1, 2, 3].map((seed) => tidy(() => variable(abs(floats([5, 3], seed)))));
  const [parameter, firstMoment, secondMoment] = names;
  const wanted = await parameter!.data();
  await expectNoLeak(async () => {
    const before = parameter!.clone();
    const gradient = floats([5, 3], 9);
    const updated = adamWUpdate(
      {
        parameter: parameter!,
        gradient,
        firstMoment: firstMoment!,
        secondMoment: secondMoment!,
      },
      { rate: 0.01, step: 1, overwrite: true },
    );
    parameter!.assign(updated.parameter);
    firstMoment!.assign(updated.firstMoment);
    secondMoment!.assign(updated.secondMoment);
    await expectClose(before, wanted, { rtol: 0, atol: 0 });
    for (const tensor of [before, gradient, ...Object.values(updated)]) tensor.dispose();
  });
  expect([...(await parameter!.data())]).not.toEqual([...wanted]);
  for (const tensor of names) tensor.dispose();
});

test("numbers that nobody else holds are updated where they are, also while they are read", async () => {
  const held = [1, 2, 3].map((seed) => tidy(() => variable(abs(floats([5, 3], seed)))));
  const [parameter, firstMoment, secondMoment] = held as [Variable, Variable, Variable];
  const device = (backend() as unknown as { device: { createBuffer: () => unknown } }).device;
  const wanted = [...(await parameter.data())];
  const step = async (step: number) => {
    const gradient = floats([5, 3], 9);
    const updated = adamWUpdate(
      { parameter, gradient, firstMoment, secondMoment },
      { rate: 0.01, step, overwrite: true },
    );
    const where = [updated.parameter, updated.firstMoment, updated.secondMoment];
    expect(where.map(({ dataId }) => dataId)).toEqual(held.map(({ dataId }) => dataId));
    held.forEach((one, n) => {
      one.assign(where[n]!);
    });
    for (const tensor of [gradient, ...where]) tensor.dispose();
  };
  const reading = parameter.data();
  await step(1);
  // The copy for the host was made before, and what comes of it is not kept.
  expect([...(await reading)]).toEqual(wanted);
  const after = [...(await parameter.data())];
  expect(after).not.toEqual(wanted);
  const late = parameter.data();
  await step(2);
  expect([...(await late)]).toEqual(after);
  expect([...(await parameter.data())]).not.toEqual(after);
  const made = vi.spyOn(device, "createBuffer");
  await expectNoLeak(() => step(3));
  // The gradient's, which comes from the host.
  expect(made.mock.calls.length).toBeLessThanOrEqual(2);
  made.mockRestore();
  for (const tensor of held) tensor.dispose();
});
