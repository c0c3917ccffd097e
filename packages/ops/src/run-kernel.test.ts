import {
  clone,
  getBackend,
  grad,
  type KernelFunc,
  profile,
  registerKernel,
  type Tensor,
  tensor1d,
  tidy,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { afterEach, describe, expect, test } from "vitest";
import { registerGradients } from "./gradients";
import { runAlone, runKernelOr } from "./run-kernel";

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

describe("runAlone", () => {
  const answer: KernelFunc = ({ inputs, attrs }) => {
    expect(inputs).not.toHaveProperty("absent");
    expect(attrs).toEqual({ n: 2 });
    return clone(inputs.x as Tensor);
  };
  const alone = (x: Tensor) => runAlone<Tensor>(kernelName, { x, absent: undefined }, { n: 2 });

  test("runs an engine's kernel; there is none elsewhere", async () => {
    const x = tensor1d([1, 2, 3]);
    expect(alone(x)).toBeUndefined();
    register(getBackend(), answer);
    await expectClose(alone(x)!, [1, 2, 3]);
    await expectNoLeak(() => tidy(() => void alone(x)));
  });

  test("leaves it to others while a gradient is taken or a profile made", async () => {
    register(getBackend(), answer);
    const x = tensor1d([1, 2, 3]);
    registerGradients();
    grad((x) => {
      expect(alone(x)).toBeUndefined();
      return clone(x);
    })(x);
    await profile(() => {
      expect(alone(x)).toBeUndefined();
    });
    expect(alone(x)).toBeDefined();
  });
});
