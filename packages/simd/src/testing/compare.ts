import { getBackend, setBackend, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { Tolerance } from "@tx/testing";
import { expect } from "vitest";
import { GuardedMemory } from "./guarded-memory";
import { useCpu } from "./use-cpu";
import { useVariant, type VariantName } from "./variants";

/** Makes its inputs itself, so that they are born on whatever backend is active. */
export type Body = () => Tensor | Tensor[];

export interface Comparison extends Tolerance {
  /** What to compare with, run on the cpu backend. Default: the body itself. */
  reference?: Body;
}

/** The same build, the same bits. */
const families: readonly (readonly VariantName[])[] = [
  ["simd-one", "simd-finest", "simd-three"],
  ["simd-plain", "simd-plain-two"],
];

/**
 * Runs a body on the cpu backend and on every variant of simd: one, two and three threads, work
 * shared out as a whole and unit by unit, both builds, memory shared and not, blocks between
 * guards. Fails unless each is close to cpu, NaN and infinities in their places, whole numbers and
 * bools equal; and unless what has the same build has the same bits.
 */
export async function expectAsOnCpu(body: Body, options: Comparison = {}): Promise<void> {
  const { reference = body, ...tolerance } = options;
  await restoring(async () => {
    await useCpu();
    const wanted = run(reference);
    for (const family of families) {
      let first: Result[] | undefined;
      for (const name of family) {
        const { heap } = await useVariant(name);
        const got = run(body);
        if (heap instanceof GuardedMemory) heap.check();
        if (first) expectSameBits(name, got, first);
        else expectNear(name, got, wanted, tolerance);
        first ??= got;
      }
    }
  });
}

/**
 * Runs a body with each block in turn that it asks for, inputs too, laid against the end of the
 * memory, where reading beyond it traps. Keep its tensors small.
 */
export async function expectInBounds(body: Body): Promise<void> {
  await restoring(async () => {
    const heap = (await useVariant("simd-edge")).heap as GuardedMemory;
    heap.layAtEdge();
    const wanted = run(body);
    const { count } = heap;
    for (let number = 0; number < count; number++) {
      heap.layAtEdge(number);
      expectSameBits(`block ${number} at the end`, run(body), wanted);
      heap.check();
    }
    heap.layAtEdge();
  });
}

interface Result {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

function run(body: Body): Result[] {
  return tidy(() => {
    const results = body();
    return [results].flat().map((tensor) => {
      const { shape, dtype } = tensor;
      return { shape, dtype, values: tensor.dataSync().slice() as Result["values"] };
    });
  });
}

async function restoring(run: () => Promise<void>): Promise<void> {
  const before = getBackend();
  try {
    await run();
  } finally {
    await setBackend(before);
  }
}

function expectNear(name: string, got: Result[], wanted: Result[], tolerance: Tolerance): void {
  expect(got.length, `${name}: results`).toBe(wanted.length);
  for (const [i, result] of got.entries()) {
    const { shape, dtype, values } = wanted[i]!;
    expect(result.dtype, `${name}: dtype of result ${i}`).toBe(dtype);
    expect(result.shape, `${name}: shape of result ${i}`).toEqual(shape);
    const { rtol = 1e-5, atol = 1e-6 } = dtype === "float32" ? tolerance : { rtol: 0, atol: 0 };
    const near = (a: number, b: number) =>
      Object.is(a, b) || a === b || Math.abs(a - b) <= atol + rtol * Math.abs(b);
    const off = values.findIndex((value, n) => {
      const other = result.values[n]!;
      return Number.isFinite(value) ? !near(other, value) : !Object.is(other, value);
    });
    if (off !== -1) {
      expect.fail(
        `${name}: result ${i} [${shape}], entry ${off}: wanted ${values[off]}, got ${result.values[off]}`,
      );
    }
  }
}

function expectSameBits(name: string, got: Result[], wanted: Result[]): void {
  for (const [i, { values }] of got.entries()) {
    const [a, b] = [bytesOf(values), bytesOf(wanted[i]!.values)];
    const off = a.findIndex((byte, n) => byte !== b[n]);
    if (off !== -1 || a.length !== b.length) {
      const n = Math.floor(off / values.BYTES_PER_ELEMENT);
      expect.fail(
        `${name}: result ${i}, entry ${n}: wanted the bits of ${wanted[i]!.values[n]}, got ${values[n]}`,
      );
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Result["values"]): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
