import { getBackend } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "./safetensors";
import { streamSafetensors, type TensorToWrite } from "./stream-safetensors";

const x: TensorToWrite = {
  name: "x",
  dtype: "F32",
  shape: [2],
  data: () => Float32Array.of(1, 2 ** -30),
};
const ids: TensorToWrite = { name: "ids", dtype: "I32", shape: [1], data: () => Int32Array.of(7) };

async function all(tensors: TensorToWrite[], metadata?: Record<string, string>) {
  const pieces: Uint8Array[] = [];
  for await (const piece of streamSafetensors(tensors, metadata)) pieces.push(piece.slice());
  return new Uint8Array(Buffer.concat(pieces));
}

// Bytes are the same whatever the backend.
describe.runIf(getBackend() === "cpu")("a stream", () => {
  test("gives the bytes of encodeSafetensors", async () => {
    const metadata = { format: "tx" };
    const whole = encodeSafetensors(
      new Map([
        ["x", { dtype: "F32", shape: [2], data: Float32Array.of(1, 2 ** -30) }],
        ["ids", { dtype: "I32", shape: [1], data: Int32Array.of(7) }],
      ]),
      metadata,
    );
    expect(await all([x, ids], metadata)).toEqual(whole);
    expect(await all([])).toEqual(encodeSafetensors(new Map()));
  });

  test("rounds to half precision where that is asked for, larger types first", async () => {
    const bytes = await all([
      { name: "on", dtype: "BOOL", shape: [1], data: () => Uint8Array.of(1) },
      { ...x, dtype: "F16" },
      { ...x, dtype: "BF16", name: "y" },
      ids,
    ]);
    const { tensors } = decodeSafetensors(bytes);
    expect([...tensors.keys()]).toEqual(["ids", "x", "y", "on"]);
    expect(tensors.get("x")!.data).toEqual(Float32Array.of(1, 0));
    expect(tensors.get("y")!.data).toEqual(Float32Array.of(1, 2 ** -30));
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + bytes[0]! + 256 * bytes[1]!));
    expect(header).toContain('"x":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}');
    expect(header).toContain('"on":{"dtype":"BOOL","shape":[1],"data_offsets":[12,13]}');
  });

  test("asks for a tensor's numbers when those before it were taken", async () => {
    const asked: string[] = [];
    const tensor = (name: string, size: number): TensorToWrite => ({
      name,
      dtype: "F32",
      shape: [size],
      data: async () => {
        asked.push(name);
        return new Float32Array(size);
      },
    });
    const stream = streamSafetensors([tensor("a", 3), tensor("b", 2 ** 20 + 1), tensor("c", 0)]);
    await stream.next();
    expect(asked).toEqual([]);
    await stream.next();
    expect(asked).toEqual(["a"]);
    expect((await stream.next()).value).toHaveLength(2 ** 22);
    expect((await stream.next()).value).toHaveLength(4);
    expect(asked).toEqual(["a", "b"]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(asked).toEqual(["a", "b", "c"]);
  });

  test("refuses a name that comes twice, or numbers that do not fill their shape", async () => {
    await expect(all([x, x])).rejects.toThrow(
      new RangeError("x: expected each name once, got it twice"),
    );
    await expect(all([{ ...x, shape: [3] }])).rejects.toThrow(
      new RangeError("x: expected 3 numbers for [3], got 2"),
    );
    await expect(all([{ ...x, name: "__metadata__" }])).rejects.toThrow("got the metadata's");
  });
});
