import { scalar, type Tensor, tensor1d, type Variable } from "@tensorflow/tfjs-core";
import { parameter } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { AdamW } from "./index";
import { updateIf } from "./update-if";

function made(): { parameters: Map<string, Variable>; optimizer: AdamW } {
  const parameters = new Map([["bias", parameter([3], () => tensor1d([-1, 0, 2]))]]);
  return { parameters, optimizer: new AdamW({ parameters }) };
}

const gradients = (numbers: number[]) => new Map<string, Tensor>([["bias", tensor1d(numbers)]]);
const numbersOf = ({ parameters, optimizer }: ReturnType<typeof made>) =>
  Promise.all([...parameters.values(), ...optimizer.state().values()].map((x) => x.array()));

test("where the flag holds, it is the update; where not, every number is from before", async () => {
  const [one, other] = [made(), made()];
  for (const { optimizer } of [one, other]) optimizer.step(gradients([1, 2, 3]), 0.1);
  const before = await numbersOf(one);
  const [no, yes] = [scalar(false, "bool"), scalar(true, "bool")];
  const [bad, good] = [gradients([Number.NaN, 1, Number.POSITIVE_INFINITY]), gradients([3, 2, 1])];
  await expectNoLeak(() => updateIf(no, one, () => one.optimizer.step(bad, 0.1)));
  expect(await numbersOf(one)).toEqual(before);
  expect(one.optimizer.steps).toBe(2);
  one.optimizer.loadState(one.optimizer.state(), 1);
  await expectNoLeak(() => updateIf(yes, one, () => one.optimizer.step(good, 0.1)));
  other.optimizer.step(good, 0.1);
  expect(await numbersOf(one)).toEqual(await numbersOf(other));
  expect(one.optimizer.steps).toBe(2);
});

test("an update that throws leaves nothing behind", async () => {
  const one = made();
  const holds = scalar(true, "bool");
  const before = await numbersOf(one);
  await expectNoLeak(() => {
    expect(() =>
      updateIf(holds, one, () => {
        throw new RangeError("rate: expected a number, got NaN");
      }),
    ).toThrow("rate: expected a number, got NaN");
  });
  expect(await numbersOf(one)).toEqual(before);
});
