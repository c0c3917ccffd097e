import { expect, test } from "vitest";
import { threadMs } from "./main-thread";

test("counts what this thread computes, and not what it waits", async () => {
  const started = threadMs();
  if (process.platform !== "linux") {
    expect(started).toBeUndefined();
    return;
  }
  let sum = 0;
  for (let n = 0; n < 2e7; n++) sum += Math.sqrt(n);
  expect(sum).toBeGreaterThan(0);
  const computed = threadMs()!;
  expect(computed).toBeGreaterThan(started!);
  await new Promise((resolve) => setTimeout(resolve, 500));
  // What little else is done meanwhile.
  expect(threadMs()! - computed).toBeLessThan(400);
});
