import {
  type KernelFunc,
  registerKernel,
  type Tensor,
  type TensorInfo,
  tensor,
  tidy,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { bringUp, expectClose, expectNoLeak, type Tolerance } from "@tx/testing";
import { expect } from "vitest";
import { kernels } from "../kernels";

/** Makes its inputs itself, so that they are born on whatever backend is active. */
export type Body = () => Tensor | Tensor[];

/** Names of our kernels that have done a call since, in order. */
const done: string[] = [];

for (const kernel of kernels) {
  const { kernelName, kernelFunc } = kernel;
  unregisterKernel(kernelName, "webgpu");
  const noted: KernelFunc = (args) => {
    const made = kernelFunc(args) as TensorInfo | TensorInfo[];
    if (!Array.isArray(made) || made.length > 0) done.push(kernelName);
    return made;
  };
  registerKernel({ ...kernel, kernelFunc: noted });
}

/**
 * Runs a body on the cpu backend, in stock operations, and on webgpu. Fails unless what comes out is
 * close, exactly these kernels of ours did the work (each named once), and nothing is left behind.
 */
export async function expectAsOnCpu(
  body: Body,
  ran: readonly string[],
  tolerance: Tolerance = {},
): Promise<void> {
  await bringUp("cpu");
  const wanted = await read(body);
  await bringUp("webgpu");
  done.length = 0;
  await expectNoLeak(async () => {
    const results = [tidy(body)].flat();
    expect(results.length).toBe(wanted.length);
    for (const [n, result] of results.entries()) {
      const { shape, values } = wanted[n]!;
      expect(result.shape).toEqual(shape);
      const like = { ...tolerance };
      if (Array.from(values).every(Number.isFinite)) await expectClose(result, values, like);
      else await expectSpecial(result, values, like);
      result.dispose();
    }
  });
  expect([...new Set(done)].sort()).toEqual([...ran].sort());
}

async function read(body: Body) {
  const results = [tidy(body)].flat();
  return Promise.all(
    results.map(async (result) => {
      const values = await result.data();
      const { shape } = result;
      result.dispose();
      return { shape, values };
    }),
  );
}

/** NaN and infinities where they are wanted, the rest close. */
async function expectSpecial(
  result: Tensor,
  wanted: ArrayLike<number>,
  tolerance: Tolerance,
): Promise<void> {
  const got = Array.from(await result.data());
  const special = (values: ArrayLike<number>) =>
    Array.from(values, (value) => (Number.isFinite(value) ? 0 : value));
  expect(special(got)).toEqual(special(wanted));
  const finite = (values: ArrayLike<number>) =>
    Array.from(values, (value) => (Number.isFinite(value) ? value : 0));
  const rest = tensor(finite(got));
  await expectClose(rest, finite(wanted), tolerance);
  rest.dispose();
}
