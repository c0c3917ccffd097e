import { getBackend } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { type ByteSource, blobSource, bytesSource } from "./byte-source";
import type { HostTensor } from "./host-tensor";
import { openSafetensors } from "./open-safetensors";
import { Rng } from "./rng";
import { decodeSafetensors, encodeSafetensors } from "./safetensors";
import { streamSafetensors, type TensorToWrite } from "./stream-safetensors";

const tensors = new Map<string, HostTensor>([
  ["a", { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ["none", { dtype: "F32", shape: [0], data: new Float32Array(0) }],
  ["ids", { dtype: "I32", shape: [3], data: Int32Array.of(7, 8, 9) }],
  ["on", { dtype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) }],
]);
const bytes = encodeSafetensors(tensors, { format: "tx" });
const headerEnd = 8 + new DataView(bytes.buffer).getUint32(0, true);

/** A source that tells of every read, and gives other bytes where it is told to. */
function watched(
  all: Uint8Array,
  given: (offset: number, got: Uint8Array) => Uint8Array = (_, got) => got,
) {
  const reads: [offset: number, length: number][] = [];
  let closed = 0;
  const source: ByteSource = {
    name: "w",
    size: all.length,
    async read(offset, length) {
      reads.push([offset, length]);
      return given(offset, all.slice(offset, offset + length));
    },
    close: async () => void closed++,
  };
  return { source, reads, closed: () => closed };
}

// What is read from bytes does not depend on the backend.
describe.runIf(getBackend() === "cpu")("an open file", () => {
  test("is asked for its header, and then for the tensors that are wanted", async () => {
    const { source, reads, closed } = watched(bytes);
    const file = await openSafetensors(source);
    expect(reads).toEqual([
      [0, 8],
      [8, headerEnd - 8],
    ]);
    expect([file.name, file.metadata]).toEqual(["w", { format: "tx" }]);
    expect([...file.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ["a", "F32", [2, 3]],
      ["none", "F32", [0]],
      ["ids", "I32", [3]],
      ["on", "BOOL", [2]],
    ]);
    reads.length = 0;
    for (const name of ["on", "a", "none", "ids", "a"]) {
      expect(await file.read(name)).toEqual(tensors.get(name));
    }
    expect(reads).toEqual([
      [headerEnd + 36, 2],
      [headerEnd, 24],
      [headerEnd + 24, 12],
      [headerEnd, 24],
    ]);
    await expect(file.read("b")).rejects.toThrow(new Error("w: expected a tensor b, got none"));
    expect(closed()).toBe(0);
    await file.close();
    expect(closed()).toBe(1);
  });

  test("lies in memory or in a Blob", async () => {
    const shifted = new Uint8Array([1, 2, 3, ...bytes]).subarray(3);
    for (const source of [
      bytesSource(bytes),
      bytesSource(bytes.slice().buffer, "b"),
      bytesSource(shifted),
      blobSource(new Blob([bytes as Uint8Array<ArrayBuffer>])),
      blobSource(new File([bytes as Uint8Array<ArrayBuffer>], "b")),
    ]) {
      const file = await openSafetensors(source);
      expect(["bytes", "blob", "b"]).toContain(file.name);
      for (const [name, tensor] of tensors) expect(await file.read(name)).toEqual(tensor);
      await file.close();
    }
  });

  test("large tensors come in pieces of 4 MiB, and numbers stay in their places", async () => {
    const rng = new Rng(3);
    const data = Float32Array.from({ length: 2 ** 21 + 5 }, () => rng.uniform());
    for (const [dtype, lengths] of [
      ["F32", [2 ** 22, 2 ** 22, 20]],
      ["F16", [2 ** 22, 10]],
    ] as const) {
      const all: Uint8Array[] = [];
      const tensor: TensorToWrite = { name: "x", dtype, shape: [data.length], data: () => data };
      for await (const piece of streamSafetensors([tensor])) all.push(piece);
      const { source, reads } = watched(Buffer.concat(all));
      const file = await openSafetensors(source);
      const read = await file.read("x");
      expect(reads.slice(2).map(([, length]) => length)).toEqual(lengths);
      const { data: wanted } = decodeSafetensors(Buffer.concat(all)).tensors.get("x")!;
      expect(read.shape).toEqual([data.length]);
      // Compared one by one, as toEqual takes a second for each megabyte.
      expect(read.data.findIndex((value, n) => value !== wanted[n])).toBe(-1);
      const near = dtype === "F32" ? 0 : 2 ** -12;
      expect(read.data.findIndex((value, n) => Math.abs(value - data[n]!) > near)).toBe(-1);
    }
  });

  test("that is damaged is refused and closed", async () => {
    for (const length of [0, 5, 20, headerEnd, bytes.length - 1]) {
      const { source, closed } = watched(bytes.subarray(0, length));
      await expect(openSafetensors(source)).rejects.toThrow(/^w: expected .+, got .+/);
      expect(closed(), `${length} bytes`).toBe(1);
    }
  });

  test("that changes under the reader's hands is refused", async () => {
    const short = watched(bytes, (offset, got) => (offset < headerEnd ? got : got.subarray(1)));
    const file = await openSafetensors(short.source);
    await expect(file.read("a")).rejects.toThrow(
      new Error(`w: expected 24 bytes from byte ${headerEnd} on, got 23`),
    );
    const wrong = watched(bytes, (offset, got) => (offset < headerEnd ? got : got.fill(3)));
    await expect((await openSafetensors(wrong.source)).read("on")).rejects.toThrow(
      new Error("w: on: expected 0 or 1 for each bool, got 3"),
    );
  });

  test("a Blob that cannot be read is refused by its name", async () => {
    const blob = new File([bytes as Uint8Array<ArrayBuffer>], "chosen.safetensors");
    blob.slice = () =>
      ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) as unknown as Blob;
    await expect(openSafetensors(blobSource(blob))).rejects.toThrow(
      new Error("chosen.safetensors: expected a file that can be read, got Error: gone"),
    );
  });
});
