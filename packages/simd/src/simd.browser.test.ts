import "@tensorflow/tfjs-backend-cpu";
import { bundle, visit } from "@tx/testing/browser";
import { beforeAll, describe, expect, inject, test } from "vitest";
import type { Told } from "./testing/browser/page";
import { learn } from "./testing/learn";
import { useCpu } from "./testing/use-cpu";

const chromium = inject("chromium");
const isolating = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
let script: string;
let losses: number[];
/** What each visit told, which are to be the same bits. */
const told = new Set<string>();

beforeAll(async () => {
  script = await bundle(new URL("testing/browser/page.ts", import.meta.url));
  await useCpu();
  losses = learn();
});

describe.runIf(chromium)("in Chromium", () => {
  const open = (where: "page" | "worker", threads: number, headers: Record<string, string>) =>
    visit<Told>(chromium!, { script, query: `?threads=${threads}&where=${where}`, headers });

  test.each(["page", "worker"] as const)("an isolated %s has threads", async (where) => {
    const { losses: got, ...rest } = await open(where, 3, isolating);
    expect(rest).toEqual({
      where,
      isolated: true,
      backend: "simd",
      threads: 3,
      build: "relaxed",
      shared: true,
      warnings: [],
    });
    expectNear(got);
  });

  test.each(["page", "worker"] as const)("another %s has one", async (where) => {
    const { losses: got, ...rest } = await open(where, 3, {});
    expect(rest).toEqual({
      where,
      isolated: false,
      backend: "simd",
      threads: 1,
      build: "relaxed",
      shared: false,
      warnings: [],
    });
    expectNear(got);
  });

  test("a page that forbids workers of our making goes on with one thread, and says so", async () => {
    const policy = "worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
    const page = await open("page", 3, { ...isolating, "content-security-policy": policy });
    expect(page.threads).toBe(1);
    expect(page.warnings).toEqual(["simd: 2 threads did not start; going on with 1 thread"]);
    expectNear(page.losses);
  });
});

function expectNear(got: readonly number[]): void {
  expect(got.length).toBe(losses.length);
  expect(got.at(-1)).toBeLessThan(got[0]!);
  for (const [i, loss] of got.entries()) expect(loss).toBeCloseTo(losses[i]!, 4);
  told.add(JSON.stringify(got));
  expect(told.size, "same bits for every number of threads").toBe(1);
}
