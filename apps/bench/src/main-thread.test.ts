import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { threadMs } from "./main-thread";

test("counts what this thread computes, and not what it waits", async () => {
  const started = threadMs();
  if (started === undefined) {
    // Not on Linux, or in a sandbox that does not tell.
    expect(existsSync("/proc/thread-self/schedstat")).toBe(false);
    return;
  }
  // The system may bring its count up to date a few times a second only.
  const enough = performance.now() + 2000;
  let sum = 0;
  while (threadMs()! < started + 20 && performance.now() < enough) {
    for (let n = 0; n < 1e6; n++) sum += Math.sqrt(n);
  }
  expect(sum).toBeGreaterThan(0);
  const computed = threadMs()!;
  expect(computed).toBeGreaterThan(started);
  await new Promise((resolve) => setTimeout(resolve, 500));
  // What little else is done meanwhile.
  expect(threadMs()! - computed).toBeLessThan(400);
});
