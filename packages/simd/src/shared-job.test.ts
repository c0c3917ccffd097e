import { expect, test } from "vitest";
import { AT, CONTROL_SLOTS, DONE, LAST_JOB, NEXT, TRAPPED } from "./control";
import { type Kernel, SharedJob } from "./shared-job";

function jobOf(run: Kernel["run"]) {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_SLOTS * 4));
  const job = new SharedJob(control, 1234);
  const kernel = { name: "example", run, place: 0 };
  const start = (units: number, share: number, repeatable = true) =>
    job.run({ kernel, args: 64, units, share, repeatable }, [], () => {});
  return { control, job, kernel, start };
}

test("the caller alone does every unit once, in shares", () => {
  const ran: number[][] = [];
  const { start } = jobOf((...given) => void ran.push(given));
  start(7, 3);
  expect(ran).toEqual([
    [64, 0, 3, 1234],
    [64, 3, 6, 1234],
    [64, 6, 7, 1234],
  ]);
});

test("jobs are numbered anew after the last number, and none is ever below 0", () => {
  let ran = 0;
  const { start, control } = jobOf(() => {
    ran++;
  });
  for (let n = 0; n < LAST_JOB + 10; n++) {
    start(2, 1);
    if (control[NEXT]! < 0) expect.fail(`job ${n}: got ${control[NEXT]}`);
  }
  expect(ran).toBe(2 * (LAST_JOB + 10));
});

test("a trap is an error with the kernel's name, and the next job knows nothing of it", () => {
  let fails = true;
  const ran: number[] = [];
  const { start, job, kernel, control } = jobOf((_, lo) => {
    if (fails && lo === 2) throw new WebAssembly.RuntimeError("unreachable");
    ran.push(lo);
  });
  const error = new Error("kernel example: expected it to finish, got unreachable");
  expect(() => start(5, 1)).toThrow(error);
  expect(ran).toEqual([0, 1]);
  expect(() => start(5, 2)).toThrow(error);
  fails = false;
  start(3, 1);
  expect(ran).toEqual([0, 1, 0, 0, 1, 2]);
  Atomics.store(control, TRAPPED, 1);
  expect(() => start(3, 1)).toThrow(
    "kernel example: expected it to finish, got a trap on a worker",
  );
  start(3, 1);
  fails = true;
  expect(() => job.alone({ ...kernel, run: () => kernel.run(64, 2, 3, 0) }, 64, 3)).toThrow(error);
});

test("where workers cannot be asked, one that takes too long is ended and its share done", () => {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_SLOTS * 4));
  const job = new SharedJob(control, 0, 50);
  const ran: number[] = [];
  const run = (_: number, lo: number) => {
    // Meanwhile a worker takes share 1, and is never heard of again.
    if (lo === 0) {
      Atomics.add(control, NEXT, 1);
      Atomics.store(control, AT, 2);
    }
    ran.push(lo);
  };
  let ended = 0;
  const worker = { slot: AT, gone: () => undefined, end: () => ended++ };
  let dismissed = 0;
  const kernel = { name: "example", run, place: 0 };
  const given = { kernel, args: 64, units: 4, share: 1, repeatable: true };
  job.run(given, [worker], () => dismissed++);
  expect(ran).toEqual([0, 2, 3, 1]);
  expect(control[DONE]).toBe(3);
  expect([ended, dismissed]).toEqual([1, 1]);
});
