import { expect, test } from "vitest";
import { penalizeRepetition } from "./index";

test("what is there already becomes less likely, once, whatever its sign", () => {
  const logits = Float32Array.of(2, -2, 3, 0, 1);
  expect([...penalizeRepetition(logits, [0, 1, 1, 3], 2)]).toEqual([1, -4, 3, 0, 1]);
  expect([...penalizeRepetition(logits, [4], 0.5)]).toEqual([2, -2, 3, 0, 2]);
  expect([...penalizeRepetition(logits, [], 2)]).toEqual([...logits]);
  expect([...logits]).toEqual([2, -2, 3, 0, 1]);
});

test("refuses nonsense by name", () => {
  const refused = (id: number, penalty: number, message: string) =>
    expect(() => penalizeRepetition([1, 2], [id], penalty)).toThrow(new RangeError(message));
  refused(0, 0, "repetitionPenalty: expected a positive number, got 0");
  refused(0, Infinity, "repetitionPenalty: expected a positive number, got Infinity");
  refused(2, 1.2, "ids: expected whole numbers in [0, 2), got 2");
});
