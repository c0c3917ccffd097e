import { describe, expect, it } from "vitest";
import { bigramLoss } from "./bigram";

const ids = (...values: number[]) => Int32Array.from(values);

describe("bigramLoss", () => {
  it("agrees with counts by hand", () => {
    // Pairs 01 10 01 12 20: after 0 twice 1; after 1 once 0, once 2; after 2 once 0.
    const training = ids(0, 1, 0, 1, 2, 0);
    // p(1|0) = (2+1)/(2+3), p(2|1) = (1+1)/(2+3), p(2|2) = (0+1)/(1+3)
    const loss = bigramLoss(training, [ids(0, 1, 2), ids(2, 2)], 3);
    expect(loss).toBeCloseTo(-(Math.log(3 / 5) + Math.log(2 / 5) + Math.log(1 / 4)) / 3, 12);
  });

  it("is the loss of a guess when nothing was counted", () => {
    expect(bigramLoss(ids(0), [ids(1, 2, 3)], 7)).toBeCloseTo(Math.log(7), 12);
  });

  it("adds up to one over all that may come next", () => {
    const training = ids(0, 1, 1, 3, 0, 1, 4, 2);
    const chances = [0, 1, 2, 3, 4].map((next) =>
      Math.exp(-bigramLoss(training, [ids(1, next)], 5)),
    );
    expect(chances.reduce((sum, chance) => sum + chance)).toBeCloseTo(1, 12);
  });
});
