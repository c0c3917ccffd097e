import { getBackend } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { ByteSource } from "./byte-source";
import { openSafetensors } from "./open-safetensors";
import { Rng } from "./rng";
import { decodeSafetensors, encodeSafetensors } from "./safetensors";
import { headOf } from "./safetensors-header";

/** So many files are tried of each kind; TX_FUZZ asks for more. */
const TIMES = Number(process.env.TX_FUZZ ?? 300);

const valid = encodeSafetensors(
  new Map([
    ["a.kernel", { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ["b", { dtype: "I32", shape: [3], data: Int32Array.of(1, 2, 3) }],
    ["none", { dtype: "F32", shape: [0, 5], data: new Float32Array(0) }],
    ["on", { dtype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ]),
  { format: "tx", note: "text" },
);
const headerEnd = 8 + new DataView(valid.buffer).getUint32(0, true);
const body = valid.subarray(headerEnd);
const header = new TextDecoder().decode(valid.subarray(8, headerEnd)).trimEnd();

function withHeader(text: string, numbers = body): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + bytes.length + numbers.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes.length), true);
  file.set(bytes, 8);
  file.set(numbers, 8 + bytes.length);
  return file;
}

const NUMBERS = [
  ...["0", "-0", "1", "-1", "2", "3", "4", "12", "24", "36", "39", "40", "0.5", "1e2", "1e400"],
  ...["4294967295", "4294967296", "2147483648", "9007199254740991", "9007199254740992"],
  ...["18446744073709551616", "-9007199254740991", "null", "true", '"4"', "[]", "{}", "[4]"],
];
const WORDS = [
  ...["F32", "F16", "BF16", "I64", "I8", "U8", "BOOL", "F64", "F4", "F6_E2M3", "C64", "f32", ""],
  ...["__proto__", "constructor", "__metadata__", "dtype", "shape", "data_offsets", "a.kernel"],
  ...["\\u0000", "\\ud800", "b", "none", "x".repeat(500)],
];
const PIECES = ["{", "}", "[", "]", ",", ":", '"', "\\", " ", "[".repeat(50), '{"a":'.repeat(50)];

type Change = (rng: Rng) => Uint8Array;
const pick = <T>(rng: Rng, from: readonly T[]): T => from[rng.integer(from.length)]!;
/** Some of the matches, replaced by others. */
const swapped = (rng: Rng, text: string, what: RegExp, by: () => string) =>
  text.replace(what, (match) => (rng.uniform() < 0.15 ? by() : match));

const changes: Record<string, Change> = {
  "bytes changed anywhere": (rng) => {
    const file = valid.slice();
    for (let n = rng.integer(4); n >= 0; n--) file[rng.integer(file.length)] = rng.integer(256);
    return file;
  },
  "bits changed in length and header": (rng) => {
    const file = valid.slice();
    file[rng.integer(headerEnd)]! ^= 1 << rng.integer(8);
    return file;
  },
  "cut off or with bytes behind": (rng) => {
    const file = new Uint8Array(rng.integer(valid.length + 40));
    file.set(valid.subarray(0, file.length));
    return file;
  },
  "another length": (rng) => {
    const file = valid.slice();
    const view = new DataView(file.buffer);
    if (rng.uniform() < 0.5) view.setUint32(0, rng.integer(2 * valid.length), true);
    else view.setUint32(4, rng.integer(2 ** 32), true);
    return file;
  },
  "other numbers": (rng) => withHeader(swapped(rng, header, /\d+/g, () => pick(rng, NUMBERS))),
  "other words": (rng) =>
    withHeader(swapped(rng, header, /"[^"]*"/g, () => `"${pick(rng, WORDS)}"`)),
  "other punctuation": (rng) =>
    withHeader(swapped(rng, header, /[{}[\],:"]/g, () => pick(rng, PIECES))),
  "parts doubled": (rng) => {
    const parts = header.slice(1, -1).split(/,(?=")/);
    const more = Array.from({ length: 1 + rng.integer(3) }, () => pick(rng, parts));
    return withHeader(`{${[...parts, ...more].join()}}`);
  },
  "other shapes of the right size": (rng) => {
    const shapes = [
      "[6]",
      "[1,6]",
      "[3,2,1]",
      "[2,3]",
      "[-2,-3]",
      "[6.0]",
      "[12,0.5]",
      "[]",
      "[0]",
    ];
    return withHeader(swapped(rng, header, /(?<=shape":)\[[\d,]*\]/g, () => pick(rng, shapes)));
  },
  "other numbers behind": (rng) =>
    withHeader(
      header,
      new Uint8Array(body.length).map(() => rng.integer(256)),
    ),
};

/** A file that notices where it is read. */
function watched(bytes: Uint8Array): ByteSource & { most: number } {
  return {
    name: "w",
    size: bytes.length,
    most: 0,
    async read(offset, length) {
      const inside = offset >= 0 && length >= 0 && offset + length <= bytes.length;
      expect(inside, `${length} bytes at ${offset} of ${bytes.length}`).toBe(true);
      this.most = Math.max(this.most, length);
      return bytes.slice(offset, offset + length);
    },
  };
}

type Outcome = ReturnType<typeof decodeSafetensors> | string;

function decoded(bytes: Uint8Array): Outcome {
  try {
    return decodeSafetensors(bytes, "w");
  } catch (error) {
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    return (error as Error).message;
  }
}

async function opened(bytes: Uint8Array): Promise<Outcome> {
  try {
    const file = await openSafetensors(watched(bytes));
    const tensors: Exclude<Outcome, string>["tensors"] = new Map();
    for (const name of file.tensors.keys()) tensors.set(name, await file.read(name));
    return { tensors, metadata: { ...file.metadata } };
  } catch (error) {
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    return (error as Error).message;
  }
}

// What is read from bytes does not depend on the backend.
describe.runIf(getBackend() === "cpu")("a file that was tampered with", () => {
  test.each(Object.entries(changes))(
    "%s: read as it says, or refused with its name",
    async (_, change) => {
      const rng = new Rng(11);
      const read = { whole: 0, refused: 0 };
      for (let n = 0; n < TIMES; n++) {
        const bytes = change(rng);
        const before = bytes.slice();
        const outcome = decoded(bytes);
        expect(await opened(bytes)).toEqual(outcome);
        expect(bytes).toEqual(before);
        if (typeof outcome === "string") {
          read.refused++;
          expect(outcome).toMatch(/^w: .*expected .+, got .+/s);
          expect(outcome.length).toBeLessThan(1500);
        } else {
          read.whole++;
          checkWhole(outcome, bytes);
        }
      }
      expect(read.whole + read.refused).toBe(TIMES);
      expect(read.refused).toBeGreaterThan(TIMES / 100);
      expect(({} as Record<string, unknown>).dtype).toBeUndefined();
    },
  );
});

/** Numbers for every place of every shape, and no more of them than the file has bytes. */
function checkWhole({ tensors, metadata }: Exclude<Outcome, string>, bytes: Uint8Array): void {
  let held = 0;
  for (const { shape, data } of tensors.values()) {
    expect(data.length).toBe(shape.reduce((size, n) => size * n, 1));
    held += data.length;
  }
  expect(held).toBeLessThanOrEqual(bytes.length);
  expect(Object.values(metadata).every((text) => typeof text === "string")).toBe(true);
}

const onCpu = test.runIf(getBackend() === "cpu");

onCpu("the header's limit holds before the header is read", async () => {
  const huge: ByteSource = {
    name: "w",
    size: 2 ** 40,
    async read(_, length) {
      expect(length).toBe(8);
      const prefix = new Uint8Array(8);
      new DataView(prefix.buffer).setBigUint64(0, 100_000_001n, true);
      return prefix;
    },
  };
  await expect(openSafetensors(huge)).rejects.toThrow(
    new Error("w: expected a header of at most 100000000 bytes, got 100000001"),
  );
});

onCpu("no header past the limit is written", () => {
  const name = "n".repeat(100_000_000);
  expect(() => headOf([{ name, dtype: "F32", shape: [] }], {})).toThrow(
    "header: expected at most 100000000 bytes, got",
  );
});
