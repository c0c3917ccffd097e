import { describe, expect, test } from "vitest";
import type { HostTensor } from "./host-tensor";
import { decodeSafetensors, encodeSafetensors } from "./safetensors";

const f32 = (shape: number[], ...data: number[]): HostTensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from(data),
});
const i32 = (shape: number[], ...data: number[]): HostTensor => ({
  dtype: "I32",
  shape,
  data: Int32Array.from(data),
});

/** A file by hand: any header, any body. */
function file(header: unknown, body = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

const messageOf = (bytes: Uint8Array, name?: string): string => {
  try {
    decodeSafetensors(bytes, name);
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing thrown";
};

const tensors = () =>
  new Map<string, HostTensor>([
    ["blocks.0.kernel", f32([2, 3], 0.5, -1, 2, 1e-40, 3.4e38, -0)],
    ["ids", i32([3], 2 ** 31 - 1, -(2 ** 31), 7)],
    ["scalar", f32([], 42)],
    ["empty", f32([0, 5])],
  ]);

describe("round trip", () => {
  test("numbers, shapes, dtypes, order and metadata", () => {
    const metadata = { format: "tx", note: 'quotes " and ünïcode 🙂' };
    expect(decodeSafetensors(encodeSafetensors(tensors(), metadata))).toEqual({
      tensors: tensors(),
      metadata,
    });
    expect([...decodeSafetensors(encodeSafetensors(tensors())).tensors.keys()]).toEqual([
      ...tensors().keys(),
    ]);
  });

  test("without tensors, without metadata", () => {
    const decoded = decodeSafetensors(encodeSafetensors(new Map()));
    expect(decoded).toEqual({ tensors: new Map(), metadata: {} });
  });

  test("NaN and infinities bit by bit", () => {
    const data = new Float32Array([Number.NaN, Infinity, -Infinity]);
    new Uint32Array(data.buffer)[0] = 0x7fc01234;
    const encoded = encodeSafetensors(new Map([["x", { dtype: "F32", shape: [3], data }]]));
    const { data: decoded } = decodeSafetensors(encoded).tensors.get("x")!;
    expect([...new Uint32Array(decoded.buffer)]).toEqual([0x7fc01234, 0x7f800000, 0xff800000]);
  });

  test("a view into a larger array gives its own numbers only", () => {
    const data = Float32Array.from([9, 1, 2, 9]).subarray(1, 3);
    const encoded = encodeSafetensors(new Map([["x", { dtype: "F32", shape: [2], data }]]));
    expect([...decodeSafetensors(encoded).tensors.get("x")!.data]).toEqual([1, 2]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "", "a b", "ключ", "0"])(
    "a tensor called %j is one like any other",
    (name) => {
      const given = new Map([
        [name, f32([1], 5)],
        ["other", i32([1], 6)],
      ]);
      const { tensors } = decodeSafetensors(encodeSafetensors(given, { [`${name}!`]: "text" }));
      expect(tensors).toEqual(given);
      expect(({} as Record<string, unknown>).dtype).toBeUndefined();
    },
  );

  test("metadata called __proto__ pollutes nothing", () => {
    const metadata = JSON.parse('{"__proto__": "text"}') as Record<string, string>;
    const decoded = decodeSafetensors(encodeSafetensors(new Map(), metadata)).metadata;
    expect(Object.entries(decoded)).toEqual([["__proto__", "text"]]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });
});

describe("the layout", () => {
  test("is the format's: length, header padded to eight bytes, numbers, little-endian", () => {
    const bytes = encodeSafetensors(
      new Map([
        ["a", f32([1], 1)],
        ["b", i32([2], 1, -1)],
      ]),
    );
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(header.trimEnd()).toBe(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[2],"data_offsets":[4,12]}}',
    );
    expect([...bytes.subarray(8 + length)]).toEqual([
      0, 0, 0x80, 0x3f, 1, 0, 0, 0, 255, 255, 255, 255,
    ]);
  });

  test("of other writers: unpadded header, tensors in any order, an unaligned view", () => {
    const header = {
      b: { dtype: "I32", shape: [1], data_offsets: [4, 8] },
      none: { dtype: "F32", shape: [3, 0], data_offsets: [4, 4] },
      a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    };
    const bytes = file(header, Uint8Array.from([0, 0, 0x80, 0x3f, 5, 0, 0, 0]));
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const { tensors } = decodeSafetensors(shifted.subarray(3));
    expect(Object.fromEntries(tensors)).toEqual({
      b: i32([1], 5),
      none: f32([3, 0]),
      a: f32([1], 1),
    });
  });

  test("a Buffer, as Node reads files into, gives arrays of its own", () => {
    const encoded = encodeSafetensors(tensors());
    const buffer = Buffer.concat([Buffer.alloc(5), encoded]).subarray(5);
    const decoded = decodeSafetensors(buffer);
    expect(decoded.tensors).toEqual(tensors());
    buffer.fill(0);
    expect(decoded.tensors).toEqual(tensors());
  });
});

describe("encodeSafetensors refuses", () => {
  test("numbers that do not fill the shape", () => {
    expect(() => encodeSafetensors(new Map([["x", f32([2, 3], 1, 2)]]))).toThrow(
      new RangeError("x: expected 6 numbers for [2, 3], got 2"),
    );
  });

  test("a tensor with the metadata's name", () => {
    expect(() => encodeSafetensors(new Map([["__metadata__", f32([], 1)]]))).toThrow(
      new RangeError("__metadata__: expected another name for a tensor, got the metadata's"),
    );
  });
});

describe("decodeSafetensors refuses", () => {
  test("a small file cut off after any byte, by name", () => {
    const given = new Map<string, HostTensor>([
      ["a", f32([2], 1, 2)],
      ["b", i32([1], 3)],
    ]);
    const whole = encodeSafetensors(given, { kind: "test" });
    for (let length = 0; length < whole.length; length++) {
      expect(messageOf(whole.subarray(0, length), "w.safetensors"), `${length} bytes`).toMatch(
        /^w\.safetensors: expected .*, got /,
      );
    }
    expect(messageOf(whole, "w.safetensors")).toBe("nothing thrown");
  });

  test("a small file with any one byte of its length or header changed into nonsense, by name", () => {
    const whole = encodeSafetensors(new Map([["a", f32([2], 1, 2)]]));
    const end = whole.length - 8;
    for (let at = 0; at < end; at++) {
      for (const value of [0, 0x22, 0x7b, 0x80, 0xff]) {
        const bytes = whole.slice();
        bytes[at] = value;
        const message = messageOf(bytes, "w");
        if (message !== "nothing thrown") expect(message).toMatch(/^w: /);
      }
    }
  });

  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  const body = new Uint8Array(8);
  const both = (a: number[], b: number[]) => ({
    a: { ...entry, data_offsets: a },
    b: { ...entry, data_offsets: b },
  });

  test.each<[string, Uint8Array, string]>([
    ["no bytes", new Uint8Array(0), "expected at least 8 bytes, got 0"],
    ["a length only", file("").subarray(0, 7), "expected at least 8 bytes, got 7"],
    ["an empty header", file(""), "expected a header in JSON, got other text"],
    ["no JSON", file("{a: 1}"), "expected a header in JSON, got other text"],
    ["a list", file([]), "expected a header of names, got object"],
    ["null", file(null), "expected a header of names, got object"],
    ["a text", file('"a"'), "expected a header of names, got string"],
    [
      "a header longer than the file",
      Uint8Array.from([9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]),
      "expected a header of 9 bytes, got 2",
    ],
    [
      "a header longer than any file",
      new Uint8Array(16).fill(255),
      "expected a header of 18446744073709552000 bytes, got 8",
    ],
    ["bytes that no tensor owns", file({}, body), "expected 0 bytes of numbers, got 8"],
    [
      "an entry that is none",
      file({ a: 1 }, body),
      "a: expected a dtype of the format, got undefined",
    ],
    ["no entry", file({ a: null }, body), "a: expected a dtype of the format, got undefined"],
    [
      "a dtype that cannot be read exactly",
      file({ a: { ...entry, dtype: "F64", shape: [1] } }, body),
      "a: expected dtype F32, F16, BF16, I32, I8, U8, I16, U16, U32, I64, U64, BOOL, got F64",
    ],
    [
      "a dtype that the format does not have",
      file({ a: { ...entry, dtype: "toString" } }, body),
      'a: expected a dtype of the format, got "toString"',
    ],
    [
      "a dtype that cannot be a text",
      file('{"a": {"dtype": {"toString": 1, "valueOf": 1}}}', body),
      'a: expected a dtype of the format, got {"toString":1,"valueOf":1}',
    ],
    [
      "a negative size",
      file({ a: { ...entry, shape: [-2] } }, body),
      'a: expected a shape and two offsets, got {"dtype":"F32","shape":[-2],"data_offsets":[0,8]}',
    ],
    [
      "half a size",
      file({ a: { ...entry, shape: [0.5, 4] } }, body),
      'a: expected a shape and two offsets, got {"dtype":"F32","shape":[0.5,4],"data_offsets":[0,8]}',
    ],
    [
      "no shape",
      file({ a: { dtype: "F32", data_offsets: [0, 8] } }, body),
      'a: expected a shape and two offsets, got {"dtype":"F32","data_offsets":[0,8]}',
    ],
    [
      "one offset",
      file({ a: { ...entry, data_offsets: [0] } }, body),
      'a: expected a shape and two offsets, got {"dtype":"F32","shape":[2],"data_offsets":[0]}',
    ],
    [
      "a negative offset",
      file({ a: { ...entry, data_offsets: [-8, 0] } }, body),
      'a: expected a shape and two offsets, got {"dtype":"F32","shape":[2],"data_offsets":[-8,0]}',
    ],
    [
      "offsets the wrong way round",
      file({ a: { ...entry, data_offsets: [8, 0] } }, body),
      "expected 8 bytes for a, got 0",
    ],
    [
      "offsets that do not fill the shape",
      file({ a: { ...entry, data_offsets: [0, 4] } }, body),
      "expected 8 bytes for a, got 4",
    ],
    [
      "offsets past the end",
      file({ a: { ...entry, data_offsets: [4, 12] } }, body),
      "expected 8 bytes for a, got 4",
    ],
    [
      "a shape past all memory",
      file({ a: { ...entry, shape: [2 ** 50, 2 ** 50] } }, body),
      "a: expected a shape that can be counted, got [1125899906842624,1125899906842624]",
    ],
    [
      "tensors that overlap, though the bytes add up",
      file(both([0, 8], [0, 8]), new Uint8Array(16)),
      "expected b to start at 8, got 0",
    ],
    [
      "tensors that overlap in part",
      file(both([0, 8], [4, 12]), new Uint8Array(16)),
      "expected b to start at 8, got 4",
    ],
    ["a gap", file(both([12, 20], [0, 8]), new Uint8Array(20)), "expected a to start at 8, got 12"],
    [
      "bytes left over",
      file({ a: entry }, new Uint8Array(9)),
      "expected 8 bytes of numbers, got 9",
    ],
    [
      "a tensor called __proto__ that is none",
      file('{"__proto__": {"dtype": "F32"}}'),
      '__proto__: expected a shape and two offsets, got {"dtype":"F32"}',
    ],
    [
      "metadata that is a number",
      file({ __metadata__: 5 }),
      "expected metadata of names and texts, got 5",
    ],
    ["no metadata", file({ __metadata__: null }), "expected metadata of names and texts, got null"],
    [
      "metadata of numbers",
      file({ __metadata__: { step: 5 } }),
      'expected metadata of names and texts, got {"step":5}',
    ],
  ])("%s", (_, bytes, message) => {
    expect(messageOf(bytes, "weights.safetensors")).toBe(`weights.safetensors: ${message}`);
    expect(messageOf(bytes)).toBe(`safetensors: ${message}`);
  });
});
