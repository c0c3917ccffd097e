import { getBackend } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Rng } from "./rng";
import {
  bitsOf,
  hostTypeOfFile,
  readNumbers,
  roomFor,
  type SafetensorsType,
  type WritableType,
  writeNumbers,
} from "./safetensors-numbers";

const read = (dtype: SafetensorsType, bytes: Uint8Array) => {
  const { data } = roomFor(dtype, [(bytes.length * 8) / bitsOf(dtype)]);
  readNumbers(dtype, bytes, data, 0);
  return data;
};
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);
const codesOf = (dtype: WritableType, data: Float32Array) =>
  new Uint16Array(writeNumbers(dtype, data, 0, data.length).slice().buffer);
const bitsToFloats = (bits: Iterable<number>) => new Float32Array(Uint32Array.from(bits).buffer);

const everyCode = Uint16Array.from({ length: 2 ** 16 }, (_, code) => code);
/** By the definition, in float64. */
function half(code: number): number {
  const [sign, exponent, fraction] = [code >> 15 ? -1 : 1, (code >> 10) & 31, code & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
function brain(code: number): number {
  const [sign, exponent, fraction] = [code >> 15 ? -1 : 1, (code >> 7) & 255, code & 127];
  if (exponent === 255) return fraction ? Number.NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -133;
  return sign * (1 + fraction / 128) * 2 ** (exponent - 127);
}

// Numbers on the host are the same whatever the backend.
describe.runIf(getBackend() === "cpu").each([
  ["F16", half, 0x7c00],
  ["BF16", brain, 0x7f80],
] as const)("%s", (dtype, numberOf, infinity) => {
  test("every one of its numbers is read exactly: subnormal, infinite, with its sign", () => {
    const got = read(dtype, bytesOf(everyCode));
    const wrong = everyCode.filter((code) => !Object.is(got[code], numberOf(code)));
    expect([...wrong]).toEqual([]);
  });

  test("every one comes back to the same bits, those of a quiet NaN too", () => {
    const got = codesOf(dtype, read(dtype, bytesOf(everyCode)) as Float32Array);
    const quiet = infinity | (dtype === "F16" ? 0x200 : 0x40);
    const wanted = everyCode.map((code) => (Number.isNaN(numberOf(code)) ? code | quiet : code));
    expect(got).toEqual(wanted);
  });

  test("the nearest number is written, the even one of two as near", () => {
    const rng = new Rng(5);
    const codes = Array.from({ length: infinity }, (_, code) => code);
    const random = Array.from({ length: 20_000 }, () => rng.integer(2 ** 32));
    // Half-way between any two neighbours, and a bit to either side.
    const between = codes.slice(0, -1).map((code) => (numberOf(code) + numberOf(code + 1)) / 2);
    const ties = new Uint32Array(Float32Array.from(between).buffer);
    const near = [...ties].flatMap((bits) => [bits - 1, bits, bits + 1, (bits | (2 ** 31)) >>> 0]);
    const floats = bitsToFloats([...random, ...near.filter((bits) => bits >= 0)]);
    const got = codesOf(dtype, floats);
    const nearest = nearestIn(codes.map(numberOf), infinity);
    const wrong = [...floats.keys()].filter(
      (n) => got[n] !== nearest(floats[n]!) && got[n]! < 2 ** 16,
    );
    expect(wrong.filter((n) => !Number.isNaN(floats[n])).map((n) => [floats[n], got[n]])).toEqual(
      [],
    );
    const nans = [...floats.keys()].filter((n) => Number.isNaN(floats[n]));
    expect(nans.every((n) => Number.isNaN(numberOf(got[n]!)))).toBe(true);
    expect(nans.length).toBeGreaterThan(10);
  });

  test("past the largest comes infinity, from half-way to the next that there would be", () => {
    const largest = numberOf(infinity - 1);
    const step = largest - numberOf(infinity - 2);
    const [tie] = Float32Array.of(largest + step / 2);
    const below = bitsToFloats([new Uint32Array(Float32Array.of(tie!).buffer)[0]! - 1]);
    expect([...codesOf(dtype, below)]).toEqual([infinity - 1]);
    expect([...codesOf(dtype, Float32Array.of(tie!, -tie!, Infinity, -Infinity))]).toEqual([
      infinity,
      infinity | 0x8000,
      infinity,
      infinity | 0x8000,
    ]);
  });

  test("what a NaN carries is kept where there is room", () => {
    const [bits] = new Uint32Array(read(dtype, bytesOf(Uint16Array.of(infinity | 1))).buffer);
    expect(bits).toBe(dtype === "F16" ? 0x7f802000 : 0x7f810000);
    // Only bits that are cut off: still no infinity.
    expect(Number.isNaN(numberOf(codesOf(dtype, bitsToFloats([0xff800001]))[0]!))).toBe(true);
  });
});

function nearestIn(values: readonly number[], infinity: number) {
  // Where the next one would be if there was no infinity.
  const all = [...values, 2 * values.at(-1)! - values.at(-2)!];
  return (x: number): number => {
    const [sign, magnitude] = [Object.is(x, -0) || x < 0 ? 0x8000 : 0, Math.abs(x)];
    if (magnitude >= all.at(-1)!) return sign | infinity;
    let [low, high] = [0, all.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (all[middle]! <= magnitude) low = middle;
      else high = middle;
    }
    const [down, up] = [magnitude - all[low]!, all[high]! - magnitude];
    return sign | (down < up || (down === up && low % 2 === 0) ? low : high);
  };
}

test("bytes may lie anywhere in memory", () => {
  const shifted = new Uint8Array(11);
  shifted.set(bytesOf(Uint16Array.of(0x3c00, 0xc000, 1)), 3);
  expect([...read("F16", shifted.subarray(3, 9))]).toEqual([1, -2, 2 ** -24]);
});

test.each<[SafetensorsType, ArrayBufferView, number[]]>([
  ["I8", Int8Array.of(-128, 127), [-128, 127]],
  ["U8", Uint8Array.of(0, 255), [0, 255]],
  ["I16", Int16Array.of(-32768, 32767), [-32768, 32767]],
  ["U16", Uint16Array.of(65535), [65535]],
  ["I32", Int32Array.of(-(2 ** 31), 2 ** 31 - 1), [-(2 ** 31), 2 ** 31 - 1]],
  ["U32", Uint32Array.of(7, 2 ** 31 - 1), [7, 2 ** 31 - 1]],
  ["I64", BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n), [-(2 ** 31), 2 ** 31 - 1]],
  ["U64", BigUint64Array.of(0n, 2n ** 31n - 1n), [0, 2 ** 31 - 1]],
])("%s becomes int32", (dtype, numbers, wanted) => {
  expect(hostTypeOfFile(dtype)).toBe("I32");
  expect(read(dtype, bytesOf(numbers))).toEqual(Int32Array.from(wanted));
});

test.each<[SafetensorsType, ArrayBufferView, string]>([
  ["U32", Uint32Array.of(1, 2 ** 31), "2147483648"],
  ["I64", BigInt64Array.of(-(2n ** 31n) - 1n), "-2147483649"],
  ["I64", BigInt64Array.of(2n ** 62n), "4611686018427388000"],
  ["U64", BigUint64Array.of(2n ** 32n), "4294967296"],
])("%s past int32 is refused, not cut off", (dtype, numbers, got) => {
  expect(() => read(dtype, bytesOf(numbers))).toThrow(
    new Error(`expected whole numbers that fit into int32, got ${got}`),
  );
});

test("a bool is 0 or 1", () => {
  expect(read("BOOL", Uint8Array.of(0, 1, 1))).toEqual(Uint8Array.of(0, 1, 1));
  expect(() => read("BOOL", Uint8Array.of(1, 2))).toThrow(
    new Error("expected 0 or 1 for each bool, got 2"),
  );
});

test.each(["F64", "C64", "F8_E4M3", "F4"] as const)("%s is refused", (dtype) => {
  expect(hostTypeOfFile(dtype)).toBeUndefined();
  expect(() => roomFor(dtype, [8])).toThrow(`U64, BOOL, got ${dtype}`);
});
