import {
  memory,
  type Tensor,
  tensor1d,
  tensor2d,
  type Variable,
  variable,
} from "@tensorflow/tfjs-core";
import {
  bytesSource,
  encodeSafetensors,
  type HostTensor,
  Module,
  openSafetensors,
  stateOf,
  type TensorFile,
} from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { fused, loadTensors, same, type TensorLink, transposed } from "../index";

const EXACT = { rtol: 0, atol: 0 };

const owning = <T extends Tensor>(made: T, trainable = true): Variable => {
  const own = variable(made, trainable);
  made.dispose();
  return own;
};

class Parts extends Module {
  kernel = owning(tensor2d([9, 9, 9, 9, 9, 9], [2, 3]));
  bias = owning(tensor1d([9, 9, 9]));
  steps = owning(tensor1d([9], "int32"), false);
}

const f32 = (shape: number[], ...data: number[]): HostTensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from(data),
});
const i32 = (...data: number[]): HostTensor => ({
  dtype: "I32",
  shape: [data.length],
  data: Int32Array.from(data),
});
const own = (): [string, HostTensor][] => [
  ["bias", f32([3], 7, 8, 9)],
  ["kernel", f32([2, 3], 1, 2, 3, 4, 5, 6)],
  ["steps", i32(41)],
];

const open = (...tensors: [string, HostTensor][]): Promise<TensorFile> =>
  openSafetensors(bytesSource(encodeSafetensors(new Map(tensors)), "w.safetensors"));

async function expectUnchanged(parts: Parts): Promise<void> {
  for (const value of stateOf(parts).values()) {
    expect([...(await value.data())].every((n) => n === 9)).toBe(true);
  }
}

/** Runs with parts of their own, and makes sure that nothing but them was alive meanwhile. */
const withParts = (body: (parts: Parts) => Promise<void>) =>
  expectNoLeak(async () => {
    const parts = new Parts();
    const { numTensors } = memory();
    await body(parts);
    expect(memory().numTensors).toBe(numTensors);
    parts.dispose();
  });

test("every variable by its own path, those that are not trained too", () =>
  withParts(async (parts) => {
    const told: number[][] = [];
    await loadTensors(parts, await open(...own()), { onProgress: (...n) => void told.push(n) });
    await expectClose(parts.kernel, [1, 2, 3, 4, 5, 6], EXACT);
    await expectClose(parts.bias, [7, 8, 9], EXACT);
    expect([...(await parts.steps.data())]).toEqual([41]);
    expect([parts.kernel.trainable, parts.steps.trainable]).toEqual([true, false]);
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  }));

test("by links, with what is to be ignored left out", () =>
  withParts(async (parts) => {
    const file = await open(
      ["fc.weight", f32([3, 2], 1, 4, 2, 5, 3, 6)],
      ["fc.bias", f32([3], 7, 8, 9)],
      ["n", i32(41)],
      ["attn.mask", i32(1, 2, 3)],
    );
    await loadTensors(parts, file, {
      links: [same("steps", "n"), same("bias", "fc.bias"), transposed("kernel", "fc.weight")],
      ignore: (name) => name.endsWith(".mask"),
    });
    await expectClose(parts.kernel, [1, 2, 3, 4, 5, 6], EXACT);
    await expectClose(parts.bias, [7, 8, 9], EXACT);
  }));

test("each of the file's tensors is read once, in the file's order, the links' tensors together", () =>
  withParts(async (parts) => {
    const file = await open(
      ["b", f32([3], 7, 8, 9)],
      ["k", f32([2, 3], 1, 2, 3, 4, 5, 6)],
      ["n", i32(41)],
    );
    const asked: string[] = [];
    const watched: TensorFile = {
      ...file,
      read: (name) => {
        asked.push(name);
        return file.read(name);
      },
    };
    await loadTensors(parts, watched, {
      links: [same("steps", "n"), same("kernel", "k"), same("bias", "b")],
    });
    expect(asked).toEqual(["b", "k", "n"]);
  }));

test("all that does not fit is listed at once, and nothing is read or assigned", () =>
  withParts(async (parts) => {
    const file = await open(
      ["kernel", f32([3, 2], 1, 2, 3, 4, 5, 6)],
      ["bias", { dtype: "BOOL", shape: [3], data: Uint8Array.of(0, 1, 1) }],
      ["scale", f32([1], 1)],
      ["mask", i32(1)],
    );
    const unread: TensorFile = { ...file, read: () => Promise.reject(new Error("was read")) };
    await expect(loadTensors(parts, unread)).rejects.toThrow(
      new Error(
        "w.safetensors: expected the module's own tensors, got none at steps; unknown scale, mask; kernel of [3, 2] instead of [2, 3]; bias of BOOL instead of F32",
      ),
    );
    await expectUnchanged(parts);
  }));

test("with links, in the file's terms", () =>
  withParts(async (parts) => {
    const file = await open(["w", f32([2, 3], 1, 2, 3, 4, 5, 6)], ["s", f32([1], 1)]);
    const links = [transposed("kernel", "w"), same("bias", "b"), same("steps", "s")];
    await expect(loadTensors(parts, file, { links })).rejects.toThrow(
      "got none at b; w of [2, 3] instead of [3, 2]; s of F32 instead of I32",
    );
    await expectUnchanged(parts);
  }));

test("links that do not suit the module are refused, all at once", () =>
  withParts(async (parts) => {
    const file = await open(...own());
    const links = [same("kernel"), same("kernel", "bias"), same("scale")];
    await expect(loadTensors(parts, file, { links })).rejects.toThrow(
      new RangeError(
        "links: expected each of the module's variables once, got no link for bias, steps; unknown scale; more than one for kernel",
      ),
    );
    const wrong: TensorLink = { ...same("kernel"), toOwn: () => [tensor1d([1, 2])] };
    await expect(
      loadTensors(parts, file, { links: [wrong, same("bias"), same("steps")] }),
    ).rejects.toThrow(
      "kernel: expected float32 [2, 3] from the link, got float32 [2] (the module is loaded in part: 1 of 3 done)",
    );
    const shapes = [fused(["kernel", "bias"], "kernel"), same("steps")];
    await expect(loadTensors(parts, file, { links: shapes })).rejects.toThrow(
      new RangeError("kernel, bias: expected shapes equal but for axis 1, got [2, 3], [3]"),
    );
  }));

test("a disk or connection that fails on the way is told of, with what is done", () =>
  withParts(async (parts) => {
    const file = await open(...own());
    const failing = (from: string): TensorFile => ({
      ...file,
      read: (name) =>
        name === from ? Promise.reject(new Error(`w: ${name}: cable cut`)) : file.read(name),
    });
    await expect(loadTensors(parts, failing("bias"))).rejects.toThrow(
      new Error("w: bias: cable cut (nothing was changed: 0 of 3 done)"),
    );
    await expectUnchanged(parts);
    await expect(loadTensors(parts, failing("kernel"))).rejects.toThrow(
      new Error("w: kernel: cable cut (the module is loaded in part: 1 of 3 done)"),
    );
  }));

test("beside the module no more is alive than one link's tensors", () =>
  withParts(async (parts) => {
    const file = await open(...own());
    const { numTensors, numBytes } = memory();
    const most = { tensors: 0, bytes: 0 };
    const watched: TensorFile = {
      ...file,
      read: async (name) => {
        most.tensors = Math.max(most.tensors, memory().numTensors - numTensors);
        most.bytes = Math.max(most.bytes, memory().numBytes - numBytes);
        return file.read(name);
      },
    };
    await loadTensors(parts, watched);
    expect(most).toEqual({ tensors: 0, bytes: 0 });
  }));
