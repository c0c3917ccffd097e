import type { HostTensor } from "./host-tensor";

/** Bits of one number of every type that the format names. */
const BITS = /* @__PURE__ */ (() => ({
  ...{ F64: 64, F32: 32, F16: 16, BF16: 16, C64: 64 },
  ...{ I64: 64, I32: 32, I16: 16, I8: 8, U64: 64, U32: 32, U16: 16, U8: 8, BOOL: 8 },
  ...{ F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ F6_E2M3: 6, F6_E3M2: 6, F4: 4 },
}))();

/** A type of numbers in a file. */
export type SafetensorsType = keyof typeof BITS;

/** The types that can be written. */
export type WritableType = "F32" | "F16" | "BF16" | "I32" | "BOOL";

export const isSafetensorsType = (value: unknown): value is SafetensorsType =>
  typeof value === "string" && Object.hasOwn(BITS, value);

export const bitsOf = (dtype: SafetensorsType): number => BITS[dtype];

type Reader = (view: DataView, at: number) => number;
const wholes: Partial<Record<SafetensorsType, Reader>> = {
  I8: (view, at) => view.getInt8(at),
  U8: (view, at) => view.getUint8(at),
  I16: (view, at) => view.getInt16(at, true),
  U16: (view, at) => view.getUint16(at, true),
  U32: (view, at) => view.getUint32(at, true),
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  U64: (view, at) => Number(view.getBigUint64(at, true)),
};

/** The types that can be read, by what they become. */
const READABLE = /* @__PURE__ */ (() =>
  ({
    F32: ["F32", "F16", "BF16"],
    I32: ["I32", ...Object.keys(wholes)],
    BOOL: ["BOOL"],
  }) as const)();

/** What a type becomes on the host; undefined where it cannot be read exactly. */
export function hostTypeOfFile(dtype: SafetensorsType): HostTensor["dtype"] | undefined {
  const types = Object.keys(READABLE) as HostTensor["dtype"][];
  return types.find((type) => (READABLE[type] as readonly string[]).includes(dtype));
}

/**
 * Room on the host for a tensor of a file.
 *
 * @throws Error if its type is one that cannot be read exactly.
 */
export function roomFor(dtype: SafetensorsType, shape: readonly number[]): HostTensor {
  const type = hostTypeOfFile(dtype);
  const size = shape.reduce((product, n) => product * n, 1);
  if (type === "F32") return { dtype: type, shape, data: new Float32Array(size) };
  if (type === "I32") return { dtype: type, shape, data: new Int32Array(size) };
  if (type === "BOOL") return { dtype: type, shape, data: new Uint8Array(size) };
  throw new Error(`expected dtype ${Object.values(READABLE).flat().join(", ")}, got ${dtype}`);
}

/**
 * Turns a file's numbers into those of the host: F16 and BF16 exactly into float32, whole numbers
 * into int32.
 *
 * @param bytes Of whole numbers, lying anywhere.
 * @param into Written from entry `at` on.
 * @throws Error if a whole number does not fit into int32, or a bool is neither 0 nor 1.
 */
export function readNumbers(
  dtype: SafetensorsType,
  bytes: Uint8Array,
  into: HostTensor["data"],
  at: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = (bytes.length * 8) / BITS[dtype];
  const whole = wholes[dtype];
  if (dtype === "F32" || dtype === "I32") {
    new Uint8Array(into.buffer, into.byteOffset + 4 * at, bytes.length).set(bytes);
  } else if (dtype === "F16" || dtype === "BF16") {
    // By bits: a number on the way could lose what a NaN carries.
    const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
    const widen = dtype === "F16" ? bitsOfHalf : (half: number) => half << 16;
    for (let n = 0; n < count; n++) bits[at + n] = widen(view.getUint16(2 * n, true));
  } else if (whole) {
    for (let n = 0; n < count; n++) into[at + n] = fits(whole(view, (n * BITS[dtype]) / 8));
  } else {
    for (let n = 0; n < count; n++) into[at + n] = isBit(bytes[n]!);
  }
}

function fits(value: number): number {
  if (value === (value | 0)) return value;
  throw new Error(`expected whole numbers that fit into int32, got ${value}`);
}

function isBit(value: number): number {
  if (value <= 1) return value;
  throw new Error(`expected 0 or 1 for each bool, got ${value}`);
}

/** The bits of the float32 that equals a half-precision number. */
function bitsOfHalf(half: number): number {
  const [sign, exponent, fraction] = [(half & 0x8000) << 16, (half >> 10) & 31, half & 0x3ff];
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal as a half, normal as a float32: the leading one moves to where it is left out.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/**
 * A file's bytes of the numbers `from` to `to`: float32 as they are, or rounded to the nearest F16
 * or BF16, to the even one of two as near, past the largest to infinity.
 *
 * @returns The numbers' own bytes where nothing is to be changed.
 */
export function writeNumbers(
  dtype: WritableType,
  data: HostTensor["data"],
  from: number,
  to: number,
): Uint8Array {
  const { buffer, byteOffset, byteLength } = data.subarray(from, to);
  if (dtype !== "F16" && dtype !== "BF16") return new Uint8Array(buffer, byteOffset, byteLength);
  const bits = new Uint32Array(buffer, byteOffset, to - from);
  const narrow = dtype === "F16" ? halfOf : brainOf;
  return new Uint8Array(Uint16Array.from(bits, narrow).buffer);
}

function brainOf(bits: number): number {
  // A NaN stays one, whatever of it is cut off.
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function halfOf(bits: number): number {
  const [sign, magnitude] = [(bits >>> 16) & 0x8000, bits & 0x7fffffff];
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >> 13) & 0x3ff);
  // From 65520 on, which is as near to infinity's place as to the largest half.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
  }
  // Below 2^-14, halves are multiples of 2^-24: 1024 of them carry over into the exponent.
  return sign | subnormalHalf(magnitude);
}

function subnormalHalf(magnitude: number): number {
  const exponent = magnitude >> 23;
  // Less than half of 2^-24, all subnormal float32 among them.
  if (exponent < 102) return 0;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const [whole, rest, half] = [fraction >> shift, fraction & ((1 << shift) - 1), 1 << (shift - 1)];
  return rest > half || (rest === half && (whole & 1) === 1) ? whole + 1 : whole;
}
