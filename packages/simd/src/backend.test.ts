import {
  add,
  backend,
  clone,
  complex,
  dispose,
  engine,
  getKernel,
  matMul,
  memory,
  ones,
  type Rank,
  registerKernel,
  reshape,
  setBackend,
  type Tensor,
  type TensorInfo,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  unregisterKernel,
  variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { viewAs } from "@tx/ops";
import { expectNoLeak } from "@tx/testing";
import { afterEach, describe, expect, test } from "vitest";
import { bits, type SimdBackend } from "./backend";
import { registerAs } from "./register";
import { type SimdOptions, startSimd } from "./start";
import { stopBackend } from "./testing/stop-backend";
import { useCpu } from "./testing/use-cpu";

const simd = () => backend() as SimdBackend;
const square = (n: number) => ones<Rank.R2>([n, n]);

afterEach(async () => {
  await setBackend("simd");
  stopBackend("simd-test");
});

const isOne = (value: unknown) => value === 1;

async function useFresh(options: SimdOptions): Promise<SimdBackend> {
  registerAs("simd-test", () => startSimd(options), 0);
  expect(await setBackend("simd-test")).toBe(true);
  return simd();
}

describe("memory", () => {
  test("is given back when tensors are disposed", async () => {
    const { bytesInUse } = simd().heap;
    await expectNoLeak(() => tidy(() => void matMul(square(65), square(65)).dataSync()));
    expect(simd().heap.bytesInUse).toBe(bytesInUse);
  });

  test("is told by tf.memory()", () => {
    const before = memory() as unknown as Record<string, number>;
    const product = matMul(square(64), square(64));
    const after = memory() as unknown as Record<string, number>;
    expect(after.unreliable).toBe(false);
    // Both factors and the product; the factors are not disposed here.
    expect(after.bytesInUse! - before.bytesInUse!).toBe(3 * 64 * 64 * 4);
    expect(after.numBytes! - before.numBytes!).toBe(3 * 64 * 64 * 4);
    expect(after.bytesReserved).toBeGreaterThanOrEqual(after.bytesInUse!);
    dispose(product);
  });

  test("tensors share numbers until the last of them is disposed", () => {
    const a = tensor2d([1, 2, 3, 4], [2, 2]);
    const product = matMul(a, a);
    const others = [
      clone(product),
      reshape(product, [4]),
      tidy(() => reshape(clone(product), [1, 4])),
    ];
    const { bytesInUse } = simd().heap;
    const data = simd().numDataIds();
    for (const other of [product, ...others.slice(0, 2)]) dispose(other);
    expect(simd().heap.bytesInUse).toBe(bytesInUse);
    expect([...others[2]!.dataSync()]).toEqual([7, 10, 15, 22]);
    dispose(others);
    expect(simd().heap.bytesInUse).toBe(bytesInUse - 64);
    expect(simd().numDataIds()).toBe(data - 1);
  });

  test("stays flat over a thousand steps with a variable", () => {
    const weights = variable(square(16));
    const figures = new Set<string>();
    for (let n = 0; n < 1000; n++) {
      tidy(() => weights.assign(matMul(weights, square(16))));
      if (n > 1) figures.add(JSON.stringify(memory()));
    }
    dispose(weights);
    expect(figures.size).toBe(1);
  });
});

describe("what is read", () => {
  test("is a copy", async () => {
    for (const made of [() => matMul(square(2), square(2)), () => tensor([2, 2, 2, 2])]) {
      const result = made();
      const read = [result.dataSync(), await result.data()] as Float32Array[];
      for (const values of read) values.fill(9);
      expect([...result.dataSync()]).toEqual([2, 2, 2, 2]);
      dispose(result);
      // Takes the room that was the product's.
      const other = matMul(square(2), square(2));
      for (const values of read) expect([...values]).toEqual([9, 9, 9, 9]);
      dispose(other);
    }
  });

  test("is right once a large tensor has made the memory grow", async () => {
    for (const shared of [false, true]) {
      const { heap } = await useFresh({ threads: shared ? 2 : 1, shared });
      const small = matMul(tensor2d([1, 2, 3, 4], [2, 2]), tensor2d([1, 0, 0, 1], [2, 2]));
      const before = heap.bytesReserved;
      const large = matMul(ones([3000, 1]), ones([1, 3000]));
      expect(heap.bytesReserved).toBeGreaterThan(before);
      expect([...small.dataSync()]).toEqual([1, 2, 3, 4]);
      expect(large.dataSync<"float32">().every(isOne)).toBe(true);
      expect([...add(small, small).dataSync()]).toEqual([2, 4, 6, 8]);
      dispose([small, large]);
      await setBackend("simd");
      stopBackend("simd-test");
    }
  });
});

test("a slice of the cpu backend does not show memory that is another tensor's by now", () => {
  const product = matMul(tensor2d([1, 2, 3, 4], [2, 2]), tensor2d([1, 0, 0, 1], [2, 2]));
  const slice = getKernel("Slice", "cpu")!.kernelFunc({
    inputs: { x: product },
    attrs: { begin: [1, 0], size: [1, 2] },
    backend: simd(),
  }) as TensorInfo;
  dispose(product);
  const others = Array.from({ length: 4 }, () => matMul(square(2), square(2)));
  expect([...(simd().readSync(slice.dataId) as Float32Array)]).toEqual([3, 4]);
  simd().disposeData(slice.dataId);
  dispose(others);
});

describe("types", () => {
  test.each([
    ["int32", [1, -2, 2 ** 31 - 1]],
    ["bool", [1, 0, 1]],
    ["float32", [1.5, -0, Number.POSITIVE_INFINITY]],
  ] as const)("%s goes into the memory and comes back", (dtype, values) => {
    const made = tensor1d([...values], dtype);
    const address = simd().addressOf(made);
    expect(address % 64).toBe(0);
    expect([...made.dataSync()]).toEqual(values);
    expect([...clone(made).dataSync()]).toEqual(values);
    const output = simd().output([3], dtype);
    simd().heap.bytes.fill(1, simd().addressOf(output), simd().addressOf(output) + 3);
    expect((simd().readSync(output.dataId) as Int32Array).length).toBe(3);
    simd().disposeData(output.dataId);
  });

  test("empty tensors have an address too", () => {
    expect(simd().addressOf(zeros([0, 3]))).toBeGreaterThan(0);
    expect(matMul(zeros([0, 3]), zeros([3, 2])).shape).toEqual([0, 2]);
    expect([...matMul(zeros([2, 0]), zeros([0, 2])).dataSync()]).toEqual([0, 0, 0, 0]);
  });

  test("strings stay what they are", async () => {
    const words = tensor1d(["attention", "is", "ä"]);
    expect(await words.data()).toEqual(["attention", "is", "ä"]);
    expect(() => simd().addressOf(words)).toThrow("tensor: expected numbers, got string");
    await expectNoLeak(() => dispose(tensor1d(["a", "b"])));
  });

  test("complex numbers are made of numbers that are in the memory", async () => {
    const [real, imaginary] = [matMul(square(2), square(2)), matMul(square(2), square(2))];
    const { bytesInUse } = simd().heap;
    const data = simd().numDataIds();
    const z = complex(real, imaginary);
    dispose([real, imaginary]);
    expect(await z.data()).toEqual(new Float32Array(8).fill(2));
    dispose(z);
    expect(simd().numDataIds()).toBe(data - 2);
    expect(simd().heap.bytesInUse).toBe(bytesInUse - 2 * 64);
  });
});

test("tensors come from another backend and go back", async () => {
  await useCpu();
  const a = tensor2d([1, 2, 3, 4], [2, 2]);
  await setBackend("simd");
  const product = matMul(a, a);
  const { bytesInUse } = simd().heap;
  await useCpu();
  expect([...add(product, a).dataSync()]).toEqual([8, 12, 18, 26]);
  await setBackend("simd");
  expect(simd().heap.bytesInUse).toBe(bytesInUse - 2 * 64);
  expect([...matMul(product, a).dataSync()]).toEqual([37, 54, 81, 118]);
});

describe("where there is no room", () => {
  const size = 500;

  test("the call fails with what was asked for, and all else goes on", async () => {
    await useFresh({ threads: 1, maximumBytes: 2 ** 23 });
    const a = matMul(tensor2d([1, 2, 3, 4], [2, 2]), tensor2d([1, 0, 0, 1], [2, 2]));
    const made: Tensor[] = [];
    const column = ones([size, 1]);
    const row = ones([1, size]);
    expect(() => {
      for (;;) made.push(matMul(column, row));
    }).toThrow(/^memory: expected room for 1\.0 MB, got \d\.\d MB in use of \d\.\d MB, which/);
    expect(made.length).toBeGreaterThan(3);
    const before = JSON.stringify([memory(), simd().numDataIds()]);
    expect(() => matMul(column, row)).toThrow("memory: expected room");
    expect(() => tidy(() => matMul(column, row))).toThrow("memory: expected room");
    expect(JSON.stringify([memory(), simd().numDataIds()])).toBe(before);
    for (const one of made) expect(one.dataSync<"float32">().every(isOne)).toBe(true);
    expect([...a.dataSync()]).toEqual([1, 2, 3, 4]);
    dispose(made.pop()!);
    const again = matMul(column, row);
    expect(again.dataSync<"float32">().every(isOne)).toBe(true);
    dispose([a, again, column, row, ...made]);
  });

  test("a kernel that fails half way leaves nothing behind", () => {
    registerKernel({
      kernelName: "Halfway",
      backendName: "simd",
      kernelFunc: () => {
        const made = [simd().output([1000]), simd().output([1], "bool")];
        simd().disposeData(made[1]!.dataId);
        throw new Error("half way");
      },
    });
    // As register.ts wraps every kernel.
    const { kernelFunc } = getKernel("Halfway", "simd")!;
    const { bytesInUse } = simd().heap;
    const data = simd().numDataIds();
    const run = () => simd().wholly(kernelFunc, { inputs: {}, backend: simd() });
    expect(run).toThrow("half way");
    expect(() =>
      simd().wholly(() => {
        simd().output([5]);
        return run();
      }, undefined),
    ).toThrow("half way");
    expect(simd().heap.bytesInUse).toBe(bytesInUse);
    expect(simd().numDataIds()).toBe(data);
    unregisterKernel("Halfway", "simd");
  });
});

describe("a backend that is removed", () => {
  test("ends its workers, and another can take its place", async () => {
    const first = await useFresh({ threads: 3 });
    expect(first.threads).toBe(3);
    await setBackend("simd");
    stopBackend("simd-test");
    expect(first.threads).toBe(1);
    const second = await useFresh({ threads: 2 });
    expect(second).not.toBe(first);
    expect(second.threads).toBe(2);
    expect([...matMul(square(2), square(2)).dataSync()]).toEqual([2, 2, 2, 2]);
  });
});

test("arguments", () => {
  expect(bits(1)).toBe(0x3f800000);
  expect(bits(-0)).toBe(-(2 ** 31));
  expect(() => simd().run("gemm", new Array(65).fill(0), 1, 1)).toThrow(
    new RangeError("kernel gemm: expected at most 64 arguments, got 65"),
  );
  expect(() => simd().run("none", [], 1, 1)).toThrow(
    new RangeError("kernel: expected one of the module's, got none"),
  );
  expect(engine().backendName).toBe("simd");
});

test("a view of numbers that another backend holds brings them along", async () => {
  await useCpu();
  const x = tensor1d([1, 2, 3, 4, 5, 6]);
  await setBackend("simd");
  const view = viewAs(x, [2, 3]);
  x.dispose();
  expect(await view.array()).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  view.dispose();
});
