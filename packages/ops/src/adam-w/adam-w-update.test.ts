import { clone, scalar, type Tensor, tensor, tidy, variable, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { type AdamWUpdateOptions, adamWUpdate } from "./adam-w-update";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (shift = 0) =>
  Array.from({ length: 15 }, (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5);
const made = (values: number[]) => tensor(values, [3, 5]);

interface Settings extends Omit<AdamWUpdateOptions, "rate" | "step"> {
  gradientScale?: number;
}

const rateOf = (step: number) => 0.1 / step;
const gradientOf = (step: number) => numbers(10 * step);

/** Algorithm 2 of the paper, element by element in double precision. */
function plainAdamW(steps: number, settings: Settings): number[][] {
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0, gradientScale = 1 } = settings;
  const [p, m, v] = [numbers(), Array<number>(15).fill(0), Array<number>(15).fill(0)];
  for (let step = 1; step <= steps; step++) {
    gradientOf(step).forEach((gradient, i) => {
      const g = gradient * gradientScale;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const direction =
        m[i]! / (1 - beta1 ** step) / (Math.sqrt(v[i]! / (1 - beta2 ** step)) + eps);
      p[i] = p[i]! - rateOf(step) * (direction + weightDecay * p[i]!);
    });
  }
  return [p, m, v];
}

function updates(steps: number, { gradientScale, ...options }: Settings): Tensor[] {
  let state = {
    parameter: made(numbers()),
    firstMoment: zeros([3, 5]),
    secondMoment: zeros([3, 5]),
  };
  for (let step = 1; step <= steps; step++) {
    const gradient = made(gradientOf(step));
    const scale = gradientScale === undefined ? undefined : scalar(gradientScale);
    state = adamWUpdate(
      { ...state, gradient, gradientScale: scale },
      { rate: rateOf(step), step, ...options },
    ) as typeof state;
  }
  return [state.parameter, state.firstMoment, state.secondMoment];
}

test.each<[string, Settings]>([
  ["plain", {}],
  ["weight decay", { weightDecay: 0.3 }],
  ["a scaled gradient", { gradientScale: 0.125 }],
  ["other betas and eps", { beta1: 0.8, beta2: 0.95, eps: 0.1 }],
  ["no momentum", { beta1: 0 }],
  ["everything", { beta1: 0.8, beta2: 0.95, eps: 1e-3, weightDecay: 0.01, gradientScale: 3 }],
])("follows a loop in double precision over 7 steps: %s", async (_, settings) => {
  const [p, m, v] = plainAdamW(7, settings);
  const [parameter, firstMoment, secondMoment] = updates(7, settings) as [Tensor, Tensor, Tensor];
  expect(parameter.shape).toEqual([3, 5]);
  await expectClose(parameter, p!, { rtol: 1e-5, atol: 2e-6 });
  await expectClose(firstMoment, m!);
  await expectClose(secondMoment, v!);
});

test("the first step is the rate long, whatever the gradient's size", async () => {
  const gradient = tensor([1e-3, -5, 1e4]);
  const { parameter } = adamWUpdate(
    { parameter: zeros([3]), gradient, firstMoment: zeros([3]), secondMoment: zeros([3]) },
    { rate: 0.01, step: 1 },
  );
  await expectClose(parameter, [-0.01, 0.01, -0.01], { rtol: 1e-4 });
});

test("a gradient of zeros moves nothing, and decay alone shrinks", async () => {
  const inputs = () => ({
    parameter: made(numbers()),
    gradient: zeros([3, 5]),
    firstMoment: zeros([3, 5]),
    secondMoment: zeros([3, 5]),
  });
  await expectClose(adamWUpdate(inputs(), { rate: 0.1, step: 1 }).parameter, numbers());
  const { parameter } = adamWUpdate(inputs(), { rate: 0.1, step: 1, weightDecay: 0.5 });
  await expectClose(
    parameter,
    numbers().map((x) => 0.95 * x),
  );
});

test("makes three tensors, and leaves those it was given as they were", async () => {
  const given = [made(numbers()), made(numbers(3)), zeros([3, 5]), zeros([3, 5])] as const;
  const [parameter, gradient, firstMoment, secondMoment] = given;
  await expectNoLeak(() => {
    const updated = adamWUpdate(
      { parameter, gradient, firstMoment, secondMoment },
      { rate: 0.1, step: 1 },
    );
    expect(Object.keys(updated)).toEqual(["parameter", "firstMoment", "secondMoment"]);
    for (const tensor of Object.values(updated)) tensor.dispose();
  });
  await expectClose(parameter, numbers());
  await expectClose(firstMoment, zeros([3, 5]));
});

test("overwrite leaves what somebody else holds as it was, and gives the same numbers", async () => {
  const [parameter, moment] = tidy(() => [variable(made(numbers())), variable(zeros([3, 5]))]);
  const held = clone(parameter);
  const gradient = made(numbers(3));
  const options = { rate: 0.1, step: 1, weightDecay: 0.2 };
  const inputs = { parameter, gradient, firstMoment: moment, secondMoment: zeros([3, 5]) };
  const wanted = adamWUpdate(inputs, options);
  const updated = adamWUpdate(inputs, { ...options, overwrite: true });
  for (const [name, tensor] of Object.entries(wanted)) {
    const exact = { rtol: 0, atol: 0 };
    await expectClose(updated[name as keyof typeof updated], tensor, exact);
  }
  parameter.assign(updated.parameter);
  updated.parameter.dispose();
  await expectClose(parameter, wanted.parameter);
  await expectClose(held, numbers());
  await expectClose(gradient, numbers(3));
});

describe("refuses, and leaves nothing behind", () => {
  const shapes = { parameter: [3, 5], gradient: [3, 5], firstMoment: [3, 5], secondMoment: [3, 5] };
  const step = (step: number) => [{}, { rate: 0.1, step }] as const;
  test.each<[string, readonly [Partial<typeof shapes>, AdamWUpdateOptions], Error]>([
    [
      "a gradient turned",
      [{ gradient: [5, 3] }, { rate: 0.1, step: 1 }],
      new ShapeError("gradient: expected [3, 5], got [5, 3]"),
    ],
    [
      "a flat first moment",
      [{ firstMoment: [15] }, { rate: 0.1, step: 1 }],
      new ShapeError("firstMoment: expected [3, 5], got [15]"),
    ],
    [
      "a scalar second moment",
      [{ secondMoment: [] }, { rate: 0.1, step: 1 }],
      new ShapeError("secondMoment: expected [3, 5], got []"),
    ],
    ["step 0", step(0), new RangeError("step: expected a whole number from 1, got 0")],
    ["half a step", step(1.5), new RangeError("step: expected a whole number from 1, got 1.5")],
    ["step NaN", step(NaN), new RangeError("step: expected a whole number from 1, got NaN")],
  ])("%s", async (_, [other, options], error) => {
    const given = Object.entries({ ...shapes, ...other }).map(([name, shape]) => [
      name,
      zeros(shape),
    ]);
    const inputs = Object.fromEntries(given) as Record<keyof typeof shapes, Tensor>;
    await expectNoLeak(() => expect(() => adamWUpdate(inputs, options)).toThrow(error));
  });

  test("a scale of two numbers, and whole numbers", async () => {
    const [floats, ints, scale] = [zeros([3]), zeros([3], "int32"), zeros([2])];
    const inputs = { parameter: floats, gradient: floats, firstMoment: floats };
    const options = { rate: 0.1, step: 1 };
    await expectNoLeak(() => {
      expect(() =>
        adamWUpdate({ ...inputs, secondMoment: floats, gradientScale: scale }, options),
      ).toThrow(new ShapeError("gradientScale: expected [], got [2]"));
      expect(() => adamWUpdate({ ...inputs, secondMoment: ints }, options)).toThrow(
        new RangeError("secondMoment: expected float32, got int32"),
      );
    });
  });
});

test.each([
  ["leaves", true],
  ["does not leave", false],
])("a scale of NaN %s everything as it was", async (_, skipNaN) => {
  const inputs = {
    parameter: made(numbers()),
    gradient: made(numbers(3)),
    firstMoment: made(numbers(5)),
    secondMoment: made(numbers(7).map(Math.abs)),
    gradientScale: scalar(Number.NaN),
  };
  const { parameter, firstMoment, secondMoment } = adamWUpdate(inputs, {
    ...{ rate: 0.1, step: 2, skipNaN },
  });
  const got = [parameter, firstMoment, secondMoment];
  const before = [inputs.parameter, inputs.firstMoment, inputs.secondMoment];
  for (const [n, tensor] of got.entries()) {
    const wanted = skipNaN ? await before[n]!.data() : new Float32Array(15).fill(Number.NaN);
    expect(await tensor.data()).toEqual(wanted);
  }
});
