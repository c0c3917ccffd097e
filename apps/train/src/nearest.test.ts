import { expect, it } from "vitest";
import { didYouMean, nearest } from "./nearest";

const names = ["learned", "sinusoidal", "trained-sinusoidal", "rope", "nope", "xpos"];

it.each([
  ["roep", ["rope"]],
  ["ROPE", ["rope"]],
  ["lerned", ["learned"]],
  ["sinus", ["sinusoidal", "trained-sinusoidal"]],
  ["banana", []],
  ["", []],
])("takes %j for %j", (wrong, meant) => {
  const found = nearest(wrong, names);
  expect(found).toEqual(expect.arrayContaining(meant));
  if (meant.length === 0) expect(found).toEqual([]);
});

it("asks only where there is something to ask for", () => {
  expect(didYouMean("sinusoidl", names)).toBe(" (did you mean sinusoidal?)");
  expect([didYouMean(3, names), didYouMean("banana", names)]).toEqual(["", ""]);
});
