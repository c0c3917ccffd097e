import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { MOST_WORKERS } from "./control";
import { Memory } from "./memory";
import { compileKernels } from "./module";
import { startWorker, type WorkerHandle } from "./start-worker";
import { compileTestKernels } from "./testing/test-kernels";
import { type Sharing, ThreadPool } from "./thread-pool";
import { workerSource } from "./worker-source";

let module: WebAssembly.Module;
const pools: ThreadPool[] = [];

beforeAll(async () => {
  module = await compileTestKernels();
});

afterEach(() => {
  for (const pool of pools.splice(0)) pool.dispose();
  vi.restoreAllMocks();
});

/** A pool that shares out everything, with a block of entries to count in. */
async function start(threads: number, sharing: Sharing = {}) {
  const memory = new Memory(true, 1024);
  const handles: WorkerHandle[] = [];
  const pool = await ThreadPool.start(module, memory, threads, {
    smallNs: 0,
    start: (...given) => {
      handles.push(startWorker(...given));
      return handles.at(-1)!;
    },
    ...sharing,
  });
  pools.push(pool);
  const args = memory.allocate(64);
  const output = memory.allocate(4 * 4096);
  const entries = (units: number) => memory.ints.subarray(output / 4, output / 4 + units);
  const run = (kernel: string, units: number, number = 0, repeatable = true) => {
    memory.ints.set([output, number], args / 4);
    pool.run(kernel, args, units, 1e9, repeatable);
  };
  return { pool, memory, handles, entries, run };
}

const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const silence = () => vi.spyOn(console, "warn").mockImplementation(() => {});

describe.each([1, 2, 3, 4])("%i threads", (threads) => {
  test("do every unit exactly once", async () => {
    const { pool, entries, run } = await start(threads);
    expect(pool.threads).toBe(threads);
    for (let units = 0; units < 300; units++) {
      entries(4096).fill(0);
      if (units > 0) run("work", units, units % 7 === 0 ? 1000 : 10);
      const counts = entries(4096);
      expect(counts.subarray(0, units).every((count) => count === 1)).toBe(true);
      expect(counts.subarray(units).every((count) => count === 0)).toBe(true);
    }
  });
});

test("a hundred thousand tiny jobs lose no share and never hang", async () => {
  const { entries, run } = await start(3, { sharesAThread: Number.POSITIVE_INFINITY });
  let units = 0;
  const wanted = new Int32Array(8);
  for (let n = 0; n < 100_000; n++) {
    units = 2 + (n % 7);
    run("count", units);
    for (let unit = 0; unit < units; unit++) wanted[unit]!++;
  }
  expect(entries(8)).toEqual(wanted);
});

test("work is shared out, each thread with scratch memory of its own", async () => {
  const { entries, run } = await start(3);
  const scratch = new Set<number>();
  for (let n = 0; n < 200 && scratch.size < 3; n++) {
    run("work", 64, 50_000);
    run("where", 64);
    for (const address of entries(64)) scratch.add(address);
    entries(64).fill(0);
  }
  expect(scratch.size).toBeGreaterThan(1);
});

test("small work stays on the caller's thread", async () => {
  const { memory, pool, entries } = await start(2, { smallNs: 15_000 });
  const [args, output] = [memory.allocate(8), memory.allocate(4 * 64)];
  memory.ints.set([output, 0], args / 4);
  for (let n = 0; n < 1000; n++) pool.run("where", args, 64, 14_000);
  expect(new Set(memory.ints.subarray(output / 4, output / 4 + 64)).size).toBe(1);
  expect(entries(1)[0]).toBe(0);
});

describe("a kernel that traps", () => {
  test.each([0, 1, 5, 31])("at unit %i throws once all threads are done with it", async (unit) => {
    const { entries, run } = await start(3, { sharesAThread: Number.POSITIVE_INFINITY });
    const error = /^kernel trap: expected it to finish, got /;
    for (let n = 0; n < 20; n++) expect(() => run("trap", 32, unit)).toThrow(error);
    const counts = [...entries(32)];
    await settle(20);
    expect([...entries(32)]).toEqual(counts);
    entries(32).fill(0);
    run("count", 32);
    expect(entries(32).every((count) => count === 1)).toBe(true);
  });

  test("throws on one thread too", async () => {
    const { run } = await start(1);
    expect(() => run("trap", 3, 2)).toThrow("kernel trap: expected it to finish, got unreachable");
  });
});

test("a share that takes long is waited for, not done twice", async () => {
  const { entries, run } = await start(2, { sharesAThread: 1 });
  // Whichever thread takes the slow unit, the other one waits.
  for (const unit of [0, 1]) run("slow", 2, unit);
  expect([...entries(2)]).toEqual([2, 2]);
});

describe("a worker that ends", () => {
  const report = "simd: 1 thread ended; going on with 2 threads";

  test("while nothing runs is told once, and missed no further", async () => {
    const warn = silence();
    const { pool, handles, entries, run } = await start(3);
    handles[0]!.end();
    await vi.waitFor(() => expect(pool.threads).toBe(2), { timeout: 60_000 });
    run("count", 100);
    expect(entries(100).every((count) => count === 1)).toBe(true);
    expect(warn.mock.calls).toEqual([[report]]);
  });

  test("at any moment loses nothing", async () => {
    silence();
    for (let n = 0; n < 20; n++) {
      const { handles, entries, run } = await start(2);
      run("work", 100, 10);
      handles[0]!.end();
      // Its end falls somewhere among these, and no event tells of it before they are over.
      for (let job = 0; job < 20; job++) run("work", 100, 300 * n);
      expect(entries(100).every((count) => count === 21)).toBe(true);
    }
  });

  /** A worker that ends once it has begun a share of one kernel. */
  function mortal(kernel: string): typeof startWorker {
    const weakness = `
      const { Instance } = WebAssembly;
      WebAssembly.Instance = function (...given) {
        const exports = { ...new Instance(...given).exports };
        exports.${kernel} = () => process.exit();
        return { exports };
      };`;
    return (data, onGone) =>
      startWorker(data, onGone, data.worker === 0 ? weakness + workerSource : workerSource);
  }

  test("amid a share has it done by the caller", async () => {
    const warn = silence();
    const { pool, entries, run } = await start(3, { start: mortal("work") });
    run("count", 4096);
    entries(4096).fill(0);
    let jobs = 0;
    while (pool.threads === 3) {
      run("work", 512, 10_000);
      jobs++;
    }
    expect(entries(512).every((count) => count === jobs)).toBe(true);
    run("work", 512, 10_000);
    expect(entries(512).every((count) => count === jobs + 1)).toBe(true);
    await settle(20);
    expect(warn.mock.calls).toEqual([[report]]);
  });

  test("amid a share that cannot be done once more is an error", async () => {
    silence();
    const { pool, entries, run } = await start(2, { start: mortal("work") });
    expect(() => {
      for (let n = 0; n < 1000 && pool.threads > 1; n++) run("work", 512, 10_000, false);
    }).toThrow(
      "kernel work: expected it to run on every thread, got a worker thread that ended amid what it changes in place",
    );
    entries(512).fill(0);
    run("work", 512, 10, false);
    expect(entries(512).every((count) => count === 1)).toBe(true);
  });

  test("amid a trap of another leaves the trap as the error", async () => {
    silence();
    const { run, entries } = await start(3, { start: mortal("trap") });
    for (let n = 0; n < 5; n++) expect(() => run("trap", 64, 63)).toThrow("kernel trap: expected");
    entries(64).fill(0);
    run("count", 64);
    expect(entries(64).every((count) => count === 1)).toBe(true);
  });
});

describe("workers that do not start", () => {
  test("are done without, and told once", async () => {
    const warn = silence();
    const broken = { end: () => {}, gone: () => true };
    const { pool, entries, run } = await start(4, {
      start: (data, onGone) => (data.worker === 1 ? startWorker(data, onGone) : broken),
    });
    expect(pool.threads).toBe(2);
    expect(warn.mock.calls).toEqual([["simd: 2 threads did not start; going on with 2 threads"]]);
    run("count", 100);
    expect(entries(100).every((count) => count === 1)).toBe(true);
  });

  test("because their first line fails", async () => {
    const warn = silence();
    const { pool } = await start(2, {
      start: (data, onGone) => startWorker(data, onGone, "throw new Error('no')"),
    });
    expect(pool.threads).toBe(1);
    expect(warn).toHaveBeenCalledOnce();
  });
});

test("a memory that is not shared has one thread", async () => {
  const memory = new Memory(false, 64);
  const compiled = await compileKernels(false);
  const pool = await ThreadPool.start(compiled.module, memory, 8);
  expect(pool.threads).toBe(1);
});

test("after dispose the caller's thread does the work", async () => {
  const warn = silence();
  const { pool, entries, run } = await start(3);
  pool.dispose();
  pool.dispose();
  expect(pool.threads).toBe(1);
  run("count", 100);
  expect(entries(100).every((count) => count === 1)).toBe(true);
  await settle(20);
  expect(warn).not.toHaveBeenCalled();
});

test("workers sleep when there is nothing to do", async () => {
  const { run } = await start(4);
  run("work", 4096, 100);
  await settle(20);
  const before = process.cpuUsage();
  await settle(500);
  const { user, system } = process.cpuUsage(before);
  // Of half a second, in microseconds; three workers that spin would take a million and a half.
  expect(user + system).toBeLessThan(100_000);
});

test("more threads than a pool has", async () => {
  expect(MOST_WORKERS).toBe(255);
  const { pool } = await start(12);
  expect(pool.threads).toBe(12);
});
