import { expect, test } from "vitest";
import { checkPlots, checkResults } from "./check-results";
import { type Experiment, type Language, languages, type Results, text } from "./experiment";
import { percent, short, withUnit } from "./format";
import { Owner } from "./owner";
import { runExperiment } from "./run";
import { mean, median, quantile, variance } from "./statistics";
import { completeValues, parseValue } from "./values";

const label = text("a", "甲");
const results: Results = {
  numbers: [{ name: "n", label, value: 1 }],
  series: [{ name: "s", label, x: [1, 2], y: [3, null] }],
  findings: [{ text: label }],
};
const counting = (closed: () => void, last: Results = results): Experiment => ({
  ...{ id: "counting", question: 1, smallest: {}, seconds: 1, code: "", references: [] },
  parameters: [
    { kind: "number", name: "parts", label, min: 1, max: 5, step: 1, default: 3 },
    { kind: "number", name: "share", label, min: 0, max: 1, step: 0.1, default: 0.5 },
    { kind: "choice", name: "way", label, choices: [{ value: "up", label }], default: "up" },
    { kind: "switch", name: "loud", label, default: false },
  ],
  async *run({ parts }) {
    try {
      for (let done = 1; done <= Number(parts); done++) yield { done, of: Number(parts) };
      return last;
    } finally {
      closed();
    }
  },
  plots: () => [
    { kind: "lines", name: "p", title: label, x: { label }, y: { label }, series: ["s"] },
  ],
});
const nothing = () => {};

test("an experiment runs to its end, with progress", async () => {
  const heard: number[] = [];
  const onProgress = ({ done }: { done: number }) => void heard.push(done);
  const given = { parts: 2 };
  expect(await runExperiment(counting(nothing), given, { seed: 1, onProgress })).toBe(results);
  expect(heard).toEqual([1, 2]);
});

test("a stop is heard between two parts and closes the experiment", async () => {
  const stopping = new AbortController();
  let closed = 0;
  const experiment = counting(() => {
    closed += 1;
  });
  const run = runExperiment(
    experiment,
    {},
    {
      ...{ seed: 1, signal: stopping.signal },
      onProgress: () => stopping.abort(new Error("enough")),
    },
  );
  await expect(run).rejects.toThrow("enough");
  expect(closed).toBe(1);
});

test("values that are not allowed are refused before anything runs", async () => {
  const refused = (given: Record<string, number | boolean | string>) =>
    runExperiment(counting(nothing), given, { seed: 1 });
  await expect(refused({ parts: 6 })).rejects.toThrow(
    new RangeError("parts: expected a whole number from 1 to 5, got 6"),
  );
  await expect(refused({ parts: 1.5 })).rejects.toThrow("parts: expected a whole number");
  await expect(refused({ share: Number.NaN })).rejects.toThrow("share: expected a number from 0");
  await expect(refused({ way: "down" })).rejects.toThrow("way: expected up, got down");
  await expect(refused({ loud: "yes" })).rejects.toThrow("loud: expected true or false, got yes");
  await expect(refused({ other: 1 })).rejects.toThrow(
    new RangeError("parameter: expected one of parts, share, way, loud, got other"),
  );
  await expect(runExperiment(counting(nothing), {}, { seed: 0.5 })).rejects.toThrow(
    new RangeError("seed: expected a whole number, got 0.5"),
  );
});

test("values are read from text", () => {
  const [parts, share, way, loud] = counting(nothing).parameters as Required<
    Experiment["parameters"]
  >;
  expect(parseValue(parts!, "4")).toBe(4);
  expect(parseValue(share!, "0.25")).toBe(0.25);
  expect(parseValue(way!, "up")).toBe("up");
  expect(parseValue(loud!, "true")).toBe(true);
  expect(() => parseValue(parts!, " ")).toThrow("parts: expected a whole number from 1 to 5");
  expect(completeValues(counting(nothing), { loud: true })).toEqual({
    ...{ parts: 3, share: 0.5, way: "up", loud: true },
  });
});

test("results that are not what they should be are refused", async () => {
  const changed = (change: Partial<Results>) => () => checkResults({ ...results, ...change });
  expect(changed({})).not.toThrow();
  expect(changed({ numbers: [{ name: "n", label, value: Number.NaN }] })).toThrow(
    "n: expected finite numbers, got NaN",
  );
  expect(changed({ series: [{ name: "s", label, x: [1], y: [] }] })).toThrow(
    "s.y: expected 1 numbers, got 0",
  );
  expect(changed({ series: [results.series[0]!, results.series[0]!] })).toThrow(
    "name: expected each once, got s twice",
  );
  const matrix = { name: "m", label, rows: ["r"], columns: ["c"], values: [[1, 2]] };
  expect(changed({ matrices: [matrix] })).toThrow("m: expected 1 rows of 1 numbers");
  const table = { name: "t", label, columns: [label], rows: [[1, 2]] };
  expect(changed({ tables: [table] })).toThrow("t: expected rows of 1 cells");
  expect(changed({ findings: [{ text: text("a", "") }] })).toThrow("expected both languages");
  const heatmap = { kind: "heatmap", name: "h", title: label, matrix: "m", x: label, y: label };
  expect(() => checkPlots([{ ...heatmap, kind: "heatmap" }], results)).toThrow(
    "h: expected one of none, got m",
  );
  const infinite = { ...results, numbers: [{ name: "n", label, value: Infinity }] };
  await expect(runExperiment(counting(nothing, infinite), {}, { seed: 1 })).rejects.toThrow(
    "n: expected finite numbers",
  );
});

test("statistics", () => {
  expect([mean([1, 2, 6]), variance([1, 3]), median([5, 1, 3])]).toEqual([3, 1, 3]);
  expect(quantile([0, 10], 0.25)).toBe(2.5);
});

test("numbers in sentences", () => {
  expect([0, 0.1234, 12.345, 1234.6, 123456.7].map((number) => short(number))).toEqual([
    ...["0", "0.123", "12.3", "1235", "1.23·10⁵"],
  ]);
  // What is counted loses no digit.
  expect([123456, 2 ** 40].map((number) => short(number))).toEqual(["123456", "1.1·10¹²"]);
  const said = (language: Language) => withUnit(0.125, "nat", { language, digits: 2 });
  expect(languages.map(said)).toEqual(["0.13 nat", "0.13 奈特"]);
  expect(withUnit(3, undefined, { language: "zh", digits: 2 })).toBe("3");
  expect(short(-1.2345e-11)).toBe("−1.23·10⁻¹¹");
  expect(percent(0.256)).toBe("26 %");
});

test("an owner frees the last first, once", () => {
  const freed: string[] = [];
  const owner = new Owner();
  for (const name of ["a", "b"]) owner.own({ dispose: () => freed.push(name) });
  owner.dispose();
  owner.dispose();
  expect(freed).toEqual(["b", "a"]);
});
