import { expect, test } from "vitest";
import { plainJson } from "./plain-json";

test("plain values come back as they were", () => {
  const values = [null, true, 0.1, "ü", [1, [2]], { a: { b: [] } }, Object.create(null)];
  for (const value of values)
    expect(JSON.parse(plainJson("x", value))).toEqual({ ...{ value } }.value);
});

test.each([
  [undefined, "x: expected plain JSON, got undefined"],
  [{ a: [1, Number.POSITIVE_INFINITY] }, "x.a[1]: expected plain JSON, got Infinity"],
  [{ a: undefined }, "x.a: expected plain JSON, got undefined"],
  [[() => 1], "x[0]: expected plain JSON, got a function"],
  [{ a: new Date(0) }, "x.a: expected plain JSON, got an object of Date"],
  [Float32Array.of(1), "x: expected plain JSON, got an object of Float32Array"],
  [new Map(), "x: expected plain JSON, got an object of Map"],
  [3n, "x: expected plain JSON, got 3"],
])("refuses %o", (value, message) => {
  expect(() => plainJson("x", value)).toThrow(new RangeError(message));
});
