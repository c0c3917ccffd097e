import { expect, test } from "vitest";
import { contestRows, digits, formatRows } from "./report";

const standing = (name: string, median: number) => ({
  ...{
    name,
    median,
    min: median / 2,
    max: 2 * median,
    quartiles: [median, median] as [number, number],
  },
  times: [median],
});

test("a row each against the first, then what peers are, then who could not", () => {
  const rows = contestRows({
    standings: [
      standing("simd", 10),
      { ...standing("stock", 25), version: "tfjs 4.22.0", device: "CPU", peakRssBytes: 5e6 },
    ],
    failures: [{ name: "genai", error: "no kernel" }],
  });
  expect(formatRows(rows).split("\n")).toEqual([
    "simd      10.0 ms median of 1 (5.00 to 20.0)",
    "stock     25.0 ms median of 1 (12.5 to 50.0), 2.50 times simd",
    "stock is  tfjs 4.22.0, CPU, 5.0 MB at most",
    "genai     cannot: no kernel",
  ]);
});

test.each([
  [0.01234, "0.012"],
  [1.234, "1.23"],
  [123.456, "123.5"],
])("writes %d ms as %s", (ms, text) => {
  expect(digits(ms)).toBe(text);
});
