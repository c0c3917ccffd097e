import { expect, test } from "vitest";
import { normsFindings } from "./norms-findings";
import type { NormRuns, NormsMeasured, PolicyRuns } from "./norms-measured";

const curve = { gradientNorms: [1], milliseconds: 1 };
const norm = (name: "layer" | "batch", excess: readonly number[]): NormRuns => ({
  ...{ norm: name, batch: 1 },
  runs: excess.map((value) => ({
    ...{ ...curve, excess: [value], byLength: [value, value], leak: [0, 0] as const },
  })),
});
const policy = (name: PolicyRuns["policy"], warm: boolean, excess: readonly number[]) => ({
  ...{ policy: name, warm },
  runs: excess.map((value) => ({ ...curve, excess: [value] })),
});
const found = (batch: readonly number[], cold = batch): NormsMeasured => ({
  normRuns: [
    norm(
      "layer",
      batch.map(() => 0.5),
    ),
    norm("batch", batch),
  ],
  policyRuns: [
    policy("postNorm", false, cold),
    policy(
      "postNorm",
      true,
      batch.map(() => 0.25),
    ),
    policy(
      "preNorm",
      false,
      batch.map(() => 0.25),
    ),
    policy(
      "preNorm",
      true,
      batch.map(() => 0.25),
    ),
  ],
  ...{ lengths: [6, 24], trained: 24 },
});
const first = (measured: NormsMeasured) => normsFindings(measured)[0]!;

test("what BatchNorm costs is told where every run agrees", () => {
  const { text, contradicts } = first(found([0.75, 1, 1.25]));
  expect(text.en).toContain("by 0.5 (0.25 to 0.75) nats a token with a batch of 1");
  expect(text.en).toContain("With a batch of 1 it loses more in every run.");
  expect(text.zh).toContain("批大小为 1 时，每次训练都损失更多。");
  expect(contradicts).toBe(false);
  const gains = first(found([0.25, 0.375, 0.25]));
  expect(gains.text.en).toContain("it loses less in every run");
  expect(gains.contradicts).toBe(true);
});

test("where runs disagree it is said to be within their spread", () => {
  const { text, contradicts } = first(found([0.25, 1, 1.25]));
  expect(text.en).toContain("With a batch of 1 the difference is within the spread of the runs");
  expect(text.zh).toContain("看不出差别");
  expect(contradicts).toBe(true);
});

test("one run tells no difference", () => {
  const { text, contradicts } = first(found([1]));
  expect(text.en).toContain("one run, so their spread is not known");
  expect(text.en).not.toContain("in every run");
  expect(contradicts).toBe(false);
});

test("what warmup gains, and what ends lowest, is told with what cannot be told from it", () => {
  const said = (cold: readonly number[]) =>
    normsFindings(found([1, 1, 1], cold))
      .map(({ text }) => text.en)
      .join(" ");
  expect(said([0.75, 1, 0.5])).toContain("Warmup gains more for post-norm in every run.");
  expect(said([0.75, 1, 0.5])).toContain("in the mean and something in every run for post-norm.");
  expect(said([0.125, 1, 0.5])).toContain("differs from run to run");
  expect(said([0.125, 1, 0.5])).toContain("For none of them does warmup gain");
  expect(said([0.75, 1, 0.5])).toMatch(/Lowest in the mean is .* runs do not agree\./);
});
