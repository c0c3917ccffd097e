import { backend, memory } from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/**
 * Runs a body, waits for it, and fails if it leaves more or fewer tensors alive than it found, or
 * data in the backend that belongs to no tensor (a kernel that forgot a buffer of its own).
 * Await the result, also of a body that is not async.
 */
export async function expectNoLeak(body: () => unknown): Promise<void> {
  const tensors = memory().numTensors;
  const data = backend().numDataIds();
  await body();
  expectNone("tensors left alive", memory().numTensors - tensors);
  expectNone("data left in the backend", backend().numDataIds() - data);
}

function expectNone(what: string, left: number): void {
  if (left !== 0) expect.fail(`${what}: wanted 0, got ${left}`);
}
