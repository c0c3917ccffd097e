import { afterEach, expect, test, vi } from "vitest";
import type { SimdBackend } from "./backend";
import { startSimd } from "./start";

const started: SimdBackend[] = [];

afterEach(() => {
  for (const backend of started.splice(0)) backend.dispose();
  vi.unstubAllGlobals();
});

async function start(options?: Parameters<typeof startSimd>[0]): Promise<SimdBackend> {
  started.push(await startSimd(options));
  return started.at(-1)!;
}

test("uses all cores, shared memory and the fastest build by default", async () => {
  const { availableParallelism } = await import("node:os");
  const backend = await start();
  expect(backend.threads).toBe(Math.min(availableParallelism(), 256));
  expect(backend.heap.shared).toBe(backend.threads > 1);
  expect(backend.build).toBe("relaxed");
});

test("does what the options say", async () => {
  const one = await start({ threads: 1, build: "plain", maximumBytes: 2 ** 22 });
  expect([one.threads, one.heap.shared, one.build]).toEqual([1, false, "plain"]);
  expect(() => one.reserve(2 ** 20)).toThrow("memory: expected room for 4.0 MB");
  const alone = await start({ threads: 3, shared: false });
  expect([alone.threads, alone.heap.shared]).toEqual([1, false]);
  const shared = await start({ threads: 1, shared: true });
  expect([shared.threads, shared.heap.shared]).toEqual([1, true]);
});

test.each([
  [{ threads: 0 }, "threads: expected a whole number in [1, 256], got 0"],
  [{ threads: 1.5 }, "threads: expected a whole number in [1, 256], got 1.5"],
  [{ threads: 257 }, "threads: expected a whole number in [1, 256], got 257"],
  [{ maximumBytes: 1000 }, "maximumBytes: expected a number in [2^22, 2^32], got 1000"],
  [{ maximumBytes: Number.NaN }, "maximumBytes: expected a number in [2^22, 2^32], got NaN"],
])("refuses %o", async (options, message) => {
  await expect(startSimd(options)).rejects.toThrow(new RangeError(message));
});

test("where memory may not be shared there is one thread", async () => {
  vi.stubGlobal("SharedArrayBuffer", undefined);
  expect((await start({ threads: 4 })).threads).toBe(1);
  await expect(startSimd({ shared: true })).rejects.toThrow(
    new RangeError("shared: expected a page that is cross-origin isolated, got one that is not"),
  );
});
