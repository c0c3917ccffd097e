import { ones } from "@tensorflow/tfjs-core";
import { dropout } from "@tx/ops";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { Dropout } from "./dropout";
import { Rng } from "./rng";

test("does nothing, and draws nothing, outside training", () => {
  const rng = new Rng(1);
  const { state } = rng;
  const part = new Dropout(0.5, rng);
  const x = ones([2, 3]);
  expect(part.forward(x)).toBe(x);
  expect(part.next()).toBeUndefined();
  expect(rng.state).toBe(state);
});

test("does nothing, and draws nothing, at rate 0", () => {
  const rng = new Rng(1);
  const { state } = rng;
  const part = new Dropout(0, rng).train();
  const x = ones([2, 3]);
  expect(part.forward(x)).toBe(x);
  expect(part.next()).toBeUndefined();
  expect(rng.state).toBe(state);
});

test("while training draws one seed a call", async () => {
  const part = new Dropout(0.25, new Rng(3)).train();
  const expected = new Rng(3);
  const x = ones([7, 11]);
  for (let call = 0; call < 3; call++) {
    const y = part.forward(x);
    await expectClose(y, dropout(x, { rate: 0.25, seed: expected.nextSeed() }));
  }
  expect(part.next()).toEqual({ rate: 0.25, seed: expected.nextSeed() });
});

test("is no part with parameters", () => {
  expect([...new Dropout(0.5, new Rng(1)).parameters()]).toEqual([]);
});

test.each([1, -0.1, 2, Number.NaN])("refuses rate %d", (rate) => {
  expect(() => new Dropout(rate, new Rng(1))).toThrow(
    new RangeError(`dropout: expected a number in [0, 1), got ${rate}`),
  );
});
