import { scalar, type Tensor, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { checkShapes, ShapeError } from "./shapes";

describe("sizes by name", () => {
  test("names stand for sizes, across tensors", () => {
    const sizes = checkShapes(
      ["x", zeros([2, 3, 5]), "batch seq width"],
      ["kernel", zeros([5, 7]), "width outputs"],
    );
    expect(sizes).toEqual({ batch: 2, seq: 3, width: 5, outputs: 7 });
  });

  test("a number stands for itself and is not among the names", () => {
    expect(checkShapes(["x", zeros([2, 8]), "batch 8"])).toEqual({ batch: 2 });
  });

  test.each([[[5]], [[3, 5]], [[2, 3, 5]]])("a leading ... takes any axes: %j", (shape) => {
    expect(checkShapes(["x", zeros(shape), "... width"])).toEqual({ width: 5 });
  });

  test("an axis of size 0 is a size like any other", () => {
    expect(checkShapes(["x", zeros([0, 3]), "rows width"])).toEqual({ rows: 0, width: 3 });
  });
});

describe("a shape that does not fit", () => {
  const message = (...checks: [string, Tensor, string][]): string => {
    try {
      checkShapes(...checks);
    } catch (error) {
      expect(error).toBeInstanceOf(ShapeError);
      expect((error as Error).name).toBe("ShapeError");
      return (error as Error).message;
    }
    return "nothing thrown";
  };

  test("too few and too many axes", () => {
    expect(message(["x", zeros([5]), "batch seq"])).toBe("x: expected [batch, seq], got [5]");
    expect(message(["x", zeros([2, 3, 5]), "batch seq"])).toBe(
      "x: expected [batch, seq], got [2, 3, 5]",
    );
    expect(message(["x", scalar(1), "... width"])).toBe("x: expected [..., width], got []");
  });

  test("a number that differs", () => {
    expect(message(["x", zeros([2, 3]), "batch 8"])).toBe("x: expected [batch=2, 8], got [2, 3]");
  });

  test("a name that already has a size, in the same tensor and in another", () => {
    expect(message(["x", zeros([2, 3]), "n n"])).toBe("x: expected [n=2, n=2], got [2, 3]");
    expect(message(["x", zeros([2, 5]), "batch width"], ["gain", zeros([4]), "width"])).toBe(
      "gain: expected [width=5], got [4]",
    );
    expect(message(["kernel", zeros([5, 7]), "inputs outputs"], ["x", zeros([2, 6]), "... inputs"]))
      // What ... stands for is not told: any axes would do.
      .toBe("x: expected [..., inputs=5], got [2, 6]");
  });
});
