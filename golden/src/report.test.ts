import { expect, test } from "vitest";
import { reportOf, summaryOf } from "./report";
import type { Outcome } from "./run-case";

const outcomes: Outcome[] = [
  { path: "norm/a.json", package: "norm", status: "passed", messages: [] },
  { path: "norm/b.json", package: "norm", status: "failed", messages: ["first", "second"] },
  { path: "ffn/c.json", package: "ffn", status: "not mapped", messages: ["no kind is like it"] },
];

test("counts by package, then why", () => {
  expect(reportOf(outcomes)).toBe(
    [
      "package  passed  failed  not mapped",
      "ffn           0       0           1",
      "norm          1       1           0",
      "",
      "failed:",
      "  norm/b.json: first",
      "  norm/b.json: second",
      "",
      "not mapped:",
      "  ffn/c.json: no kind is like it",
    ].join("\n"),
  );
});

test("the summary is one line of one form", () => {
  expect(summaryOf(outcomes)).toBe("golden: 1 passed, 1 failed, 1 not mapped");
  expect(summaryOf([])).toBe("golden: 0 passed, 0 failed, 0 not mapped");
});
