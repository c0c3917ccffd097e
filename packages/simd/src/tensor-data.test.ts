import { describe, expect, test } from "vitest";
import { Memory } from "./memory";
import { TensorData } from "./tensor-data";

describe.each([true, false])("shared: %s", (shared) => {
  test.each([
    ["float32", new Float32Array([1.5, -2, Number.NaN]), 12],
    ["int32", new Int32Array([1, -2, 2 ** 31 - 1]), 12],
    ["bool", new Uint8Array([1, 0, 1]), 3],
  ] as const)("%s moves into the memory once and keeps its numbers", (dtype, values, bytes) => {
    const memory = new Memory(shared, 1024);
    const data = new TensorData(values, dtype);
    expect(data.values).toBe(values);
    const address = data.place(memory);
    expect(data.place(memory)).toBe(address);
    expect(data.address).toBe(address);
    expect(data.size).toBe(3);
    expect(data.values).toEqual(values);
    expect((data.values as Uint8Array).byteLength).toBe(bytes);
    expect(memory.holds(data.values as Uint8Array)).toBe(true);
    // A view is made anew where the memory has grown.
    memory.allocate(40 * 2 ** 20);
    expect(data.values).toEqual(values);
    expect((data.values as Uint8Array).buffer).toBe(memory.buffer);
    data.release(memory);
    data.release(memory);
    expect(memory.bytesInUse).toBe(Math.ceil((40 * 2 ** 20) / 64) * 64);
  });
});

test("takes numbers from any array a kernel of the cpu backend made, as what the tensor says", () => {
  const memory = new Memory(false, 64);
  const placed = (values: ArrayLike<number>, dtype: "float32" | "int32" | "bool") => {
    const data = new TensorData(values as Float32Array, dtype);
    data.place(memory);
    return [...(data.values as Float32Array)];
  };
  expect(placed([1, 2.5], "float32")).toEqual([1, 2.5]);
  expect(placed(new Float32Array([1, -2.9]), "int32")).toEqual([1, -2]);
  expect(placed(new Int32Array([0, 1]), "bool")).toEqual([0, 1]);
  expect(placed([], "float32")).toEqual([]);
});

test("new values give the room back", () => {
  const memory = new Memory(false, 64);
  const data = TensorData.inMemory(memory, 100, "float32");
  expect(memory.bytesInUse).toBe(448);
  data.values = new Float32Array([1]);
  expect(memory.bytesInUse).toBe(0);
  expect(data.values).toEqual(new Float32Array([1]));
});

test("only numbers have an address", () => {
  const memory = new Memory(false, 64);
  const text = new TensorData([new Uint8Array([65])], "string");
  expect(() => text.place(memory)).toThrow(new RangeError("tensor: expected numbers, got string"));
  const complex = new TensorData(undefined, "complex64");
  expect(() => complex.place(memory)).toThrow("tensor: expected numbers, got complex64");
  expect(memory.bytesInUse).toBe(0);
});

test("without room it stays where it was", () => {
  const memory = new Memory(false, 64);
  const values = new Float32Array(2 ** 20);
  values[5] = 6;
  const data = new TensorData(values, "float32");
  expect(() => data.place(memory)).toThrow("memory: expected room for 4.0 MB");
  expect(data.values).toBe(values);
});
