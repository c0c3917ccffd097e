import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type HostTensor, hostTypeOf, toHost, toTensor } from "./host-tensor";

test.each<HostTensor>([
  { dtype: "F32", shape: [2, 3], data: Float32Array.of(0.5, -1, 2, 1e-40, 3.4e38, -0) },
  { dtype: "I32", shape: [3], data: Int32Array.of(2 ** 31 - 1, -(2 ** 31), 7) },
  { dtype: "BOOL", shape: [2, 1], data: Uint8Array.of(1, 0) },
  { dtype: "F32", shape: [], data: Float32Array.of(42) },
  { dtype: "F32", shape: [0, 5], data: new Float32Array(0) },
])("$dtype $shape becomes a tensor and comes back", (host) =>
  expectNoLeak(async () => {
    const made = toTensor(host);
    expect([hostTypeOf(made), made.shape]).toEqual([host.dtype, host.shape]);
    expect(await toHost(made)).toEqual(host);
    made.dispose();
  }),
);

test("other types are refused", () =>
  expectNoLeak(async () => {
    const texts = tensor(["a"]);
    expect(hostTypeOf(texts)).toBeUndefined();
    expect(hostTypeOf({ dtype: "complex64" } as Tensor)).toBeUndefined();
    await expect(toHost(texts)).rejects.toThrow(
      new RangeError("tensor: expected float32, int32 or bool, got string"),
    );
    texts.dispose();
  }));
