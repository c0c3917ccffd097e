import { expect, test } from "vitest";
import { folderOf, parseCase } from "./golden-case";

const tensor = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
const file = {
  case: "norm/some_case",
  source: "a paper",
  config: { eps: 1e-5 },
  inputs: { x: tensor },
  weights: {},
  outputs: { output: tensor },
  tolerance: { abs: 5e-6, rel: 2e-5 },
};
const parsed = (change: object) => parseCase("a/b.json", JSON.stringify({ ...file, ...change }));

test("a case is read whole; what a file may lack is empty", () => {
  expect(parsed({ weights: undefined })).toEqual({
    path: "a/b.json",
    name: "norm/some_case",
    package: "norm",
    source: "a paper",
    config: { eps: 1e-5 },
    inputs: { x: tensor },
    weights: {},
    outputs: { output: tensor },
    grads: { inputs: {}, weights: {} },
    tolerance: { abs: 5e-6, rel: 2e-5 },
  });
});

test("the package is the folder's where the name has none", () => {
  expect(parsed({ case: "bare" }).package).toBe("a");
  expect(folderOf("deep/er/x.json")).toBe("er");
  expect(folderOf("x.json")).toBe("");
});

test("anything malformed is refused by name", () => {
  const refused: [change: object, message: string][] = [
    [{ case: 7 }, "case: expected a text, got 7"],
    [{ config: [] }, "config: expected an object, got []"],
    [{ outputs: {} }, "outputs: expected a tensor, got none"],
    [{ outputs: undefined }, "outputs: expected an object, got undefined"],
    [{ tolerance: { abs: -1, rel: 0 } }, "tolerance.abs: expected a number of at least 0, got -1"],
    [{ tolerance: { abs: 0 } }, "tolerance.rel: expected a number of at least 0, got undefined"],
    [
      { inputs: { x: { shape: [2, 4], data: tensor.data } } },
      "inputs.x.data: expected 8 numbers for shape [2, 4], got 6",
    ],
    [
      { inputs: { x: { shape: [1], data: [null] } } },
      "inputs.x.data[0]: expected a finite number, got null",
    ],
    [
      { grads: { weights: { w: { shape: [-1], data: [] } } } },
      "grads.weights.w.shape: expected a list of sizes, got [-1]",
    ],
    [{ outputs: { output: 3 } }, "outputs.output: expected an object, got 3"],
  ];
  for (const [change, message] of refused) expect(() => parsed(change)).toThrow(new Error(message));
  expect(() => parseCase("x.json", "{")).toThrow(SyntaxError);
  expect(() => parseCase("x.json", "[]")).toThrow("the file: expected an object, got []");
});
