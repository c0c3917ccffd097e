import { expect, test } from "vitest";
import { CaseReader } from "./case-reader";
import type { GoldenCase } from "./golden-case";
import { NotMapped } from "./not-mapped";

const tensor = { shape: [1], data: [3] };
const golden: GoldenCase = {
  path: "p/c.json",
  name: "p/c",
  package: "p",
  source: "",
  config: { eps: 0.5, causal: true, activation: "relu", norm: "pre-LN, eps 1e-5", order: ["a"] },
  inputs: { x: tensor },
  weights: { w: tensor },
  outputs: { output: tensor },
  grads: { inputs: {}, weights: {} },
  tolerance: { abs: 0, rel: 0 },
};

test("what was not read is named", () => {
  const reader = new CaseReader(golden);
  expect(reader.number("eps")).toBe(0.5);
  expect(reader.flag("causal")).toBe(true);
  expect(() => reader.finish()).toThrow(
    new NotMapped(
      "not understood: config.activation, config.norm, config.order, inputs.x, weights.w",
    ),
  );
  expect(reader.choice("activation", { relu: 1, gelu: 2 })).toBe(1);
  expect(reader.phrase("norm", /^pre-LN, eps (\S+)$/)).toEqual(["1e-5"]);
  expect(reader.names("order")).toEqual(["a"]);
  expect(reader.input("x")).toBe(tensor);
  expect(reader.weight("w")).toBe(tensor);
  reader.finish();
});

test("what is not there has a fallback, or is missed by name", () => {
  const reader = new CaseReader(golden);
  expect(reader.number("other", 7)).toBe(7);
  expect(reader.flag("other", false)).toBe(false);
  expect(reader.choice("other", { a: 1 }, "a")).toBe(1);
  expect(reader.phrase("other", /x/)).toBeUndefined();
  expect(reader.optionalInput("mask")).toBeUndefined();
  expect(() => reader.number("other")).toThrow("config.other: expected a number, got nothing");
  expect(() => reader.input("mask")).toThrow("inputs.mask: expected a tensor, got none");
});

test("a value that is not known is not mapped", () => {
  const reader = new CaseReader(golden);
  const unknown: [read: () => unknown, message: string][] = [
    [() => reader.number("causal"), "config.causal: expected a number, got true"],
    [() => reader.flag("eps"), "config.eps: expected true or false, got 0.5"],
    [() => reader.choice("activation", { gelu: 1 }), 'expected one of gelu, got "relu"'],
    [() => reader.choice("activation", {}, "relu"), "config.activation: expected one of"],
    [() => reader.phrase("norm", /^post/), "config.norm: expected a text like /^post/"],
    [() => reader.names("eps"), "config.eps: expected a list of names, got 0.5"],
    [() => reader.sizes({ eps: 3 }), "config.eps: expected 3, got 0.5"],
  ];
  for (const [read, message] of unknown) {
    expect(read).toThrow(NotMapped);
    expect(read).toThrow(message);
  }
});
