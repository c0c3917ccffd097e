import {
  getBackend,
  type KernelFunc,
  registerKernel,
  type Tensor,
  tensor1d,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { afterEach, expect, test } from "vitest";
import { runKernelOr } from "./run-kernel";

const kernelName = "TxTestOnly";
const registered: string[] = [];

function register(backendName: string, kernelFunc: KernelFunc): void {
  registerKernel({ kernelName, backendName, kernelFunc });
  registered.push(backendName);
}

afterEach(() => {
  for (const backend of registered.splice(0)) unregisterKernel(kernelName, backend);
});

const fail = (): Tensor => expect.fail("expected the other way to run");

test("runs the reference where no engine has the kernel", async () => {
  const x = tensor1d([1, 2, 3]);
  await expectClose(
    runKernelOr(kernelName, { x }, {}, () => x),
    [1, 2, 3],
  );
});

test("a kernel of another backend changes nothing", async () => {
  register("some-other-backend", fail);
  const x = tensor1d([1, 2, 3]);
  await expectClose(
    runKernelOr(kernelName, { x }, {}, () => x),
    [1, 2, 3],
  );
});

test("runs the active backend's kernel with the tensors given and the attributes", async () => {
  const calls: unknown[] = [];
  register(getBackend(), ({ inputs, attrs }) => {
    calls.push([Object.keys(inputs), attrs]);
    return tensor1d([7, 8]);
  });
  const x = tensor1d([1, 2, 3]);
  const attributes = { rate: 0.5, form: "erf", causal: true, axes: [1, 2] };
  const y = runKernelOr(kernelName, { x, bias: undefined, mask: x }, attributes, fail);
  await expectClose(y, [7, 8]);
  expect(calls).toEqual([[["x", "mask"], attributes]]);
});

test("hands back as many tensors as the kernel makes", async () => {
  register(getBackend(), () => [tensor1d([1]), tensor1d([2, 3])]);
  const all = runKernelOr<Tensor[]>(kernelName, { x: tensor1d([0]) }, {}, () => [fail()]);
  expect(all).toHaveLength(2);
  await expectClose(all[1]!, [2, 3]);
});
