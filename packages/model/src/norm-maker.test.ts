import { BatchNorm, LayerNorm, RMSNorm, ScaleNorm } from "@tx/norm";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type NormName, normMaker } from "./index";

test.each([
  ["layer", LayerNorm, 1e-5],
  ["rms", RMSNorm, 1e-6],
  ["scale", ScaleNorm, 1e-5],
  ["batch", BatchNorm, 1e-5],
] as const)("%s makes its norm, with its own eps or the one given", (name, Norm, eps) => {
  const norm = normMaker(name, { dModel: 3 })();
  expect(norm).toBeInstanceOf(Norm);
  expect(norm).toMatchObject({ eps });
  expect(normMaker(name, { dModel: 3, eps: 0.1 })()).toMatchObject({ eps: 0.1 });
});

test("each call makes another, with a bias or without", () => {
  const make = normMaker("layer", { dModel: 3, bias: false });
  expect(make()).not.toBe(make());
  expect([...make().parameters().keys()]).toEqual(["gain"]);
  expect([...normMaker("batch", { dModel: 3 })().parameters().keys()]).toEqual(["gain", "bias"]);
});

test("a function is taken as it is", () => {
  const make = () => new RMSNorm(5);
  expect(normMaker(make, { dModel: 3 })).toBe(make);
});

test("refuses names and numbers that mean nothing, and leaves nothing behind", async () => {
  await expectNoLeak(() => {
    expect(() => normMaker("group" as NormName, { dModel: 3 })).toThrow(
      new RangeError('norm: expected one of layer, rms, scale, batch or a function, got "group"'),
    );
    expect(normMaker("rms", { dModel: 3, eps: -1 })).toThrow(
      new RangeError("eps: expected a positive number, got -1"),
    );
  });
});
