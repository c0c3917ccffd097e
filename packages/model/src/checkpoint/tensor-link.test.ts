import { dispose, reverse, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import {
  changed,
  fused,
  inParts,
  reshaped,
  same,
  stacked,
  type TensorLink,
  transposed,
} from "../index";

const EXACT = { rtol: 0, atol: 0 };
const counted = (shape: number[], from = 0) =>
  tensor(
    Float32Array.from({ length: shape.reduce((size, n) => size * n, 1) }, (_, n) => from + n),
    shape,
  );
const reversed = (t: Tensor) => reverse(t, 0);

/** A link, the shapes of the variables, and what the file holds of them, numbered from 0 on. */
const cases: Record<string, [link: TensorLink, own: number[][], file: object[]]> = {
  same: [same("a"), [[3]], [[0, 1, 2]]],
  "same by another name": [same("a", "b"), [[2, 1]], [[[0], [1]]]],
  transposed: [
    transposed("a", "b"),
    [[2, 3]],
    [
      [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
    ],
  ],
  "fused side by side": [
    fused(["a", "b", "c"], "abc"),
    [
      [2, 1],
      [2, 2],
      [2, 1],
    ],
    [
      [
        [0, 100, 101, 200],
        [1, 102, 103, 201],
      ],
    ],
  ],
  "fused vectors": [fused(["a", "b"], "ab", { axis: 0 }), [[2], [3]], [[0, 1, 100, 101, 102]]],
  "fused, the other way round": [
    fused(["a", "b"], "ab", { transposed: true }),
    [
      [2, 1],
      [2, 2],
    ],
    [
      [
        [0, 1],
        [100, 102],
        [101, 103],
      ],
    ],
  ],
  "fused of one": [fused(["a"], "b"), [[2, 1]], [[[0], [1]]]],
  "in parts": [
    inParts("a", ["gate", "up"]),
    [[2, 4]],
    [
      [
        [0, 1],
        [4, 5],
      ],
      [
        [2, 3],
        [6, 7],
      ],
    ],
  ],
  "in parts of their own sizes, along rows, the other way round": [
    inParts("a", ["x", "y"], { axis: 0, sizes: [1, 2], transposed: true }),
    [[3, 2]],
    [
      [[0], [1]],
      [
        [2, 4],
        [3, 5],
      ],
    ],
  ],
  "in one part": [inParts("a", ["b"]), [[1, 2]], [[[0, 1]]]],
  stacked: [
    stacked("a", ["x", "y"], { transposed: true }),
    [[2, 1, 3]],
    [
      [[0], [1], [2]],
      [[3], [4], [5]],
    ],
  ],
  "stacked as they are": [stacked("a", ["x", "y"]), [[2, 1]], [[0], [1]]],
  changed: [
    changed(transposed("a", "b"), { toOwn: reversed, toFile: reversed }),
    [[2, 3]],
    [
      [
        [3, 0],
        [4, 1],
        [5, 2],
      ],
    ],
  ],
  reshaped: [reshaped("a", "b", ([n]) => [1, n!, 1]), [[2]], [[[[0], [1]]]]],
};

test.each(Object.entries(cases))("%s: there, in the shapes it tells, and back", (_, given) =>
  expectNoLeak(async () => {
    const [link, shapes, wanted] = given;
    const own = shapes.map((shape, n) => counted(shape, 100 * n));
    const file = tidy(() => link.toFile(own).map((t) => t.clone()));
    expect(file).toHaveLength(link.file.length);
    for (const [n, part] of file.entries()) expect(await part.array()).toEqual(wanted[n]);
    expect(link.fileShapes(shapes)).toEqual(file.map(({ shape }) => shape));
    const again = tidy(() => link.toOwn(file, shapes).map((t) => t.clone()));
    for (const [n, t] of own.entries()) await expectClose(again[n]!, t, EXACT);
    dispose([...own, ...file, ...again]);
  }),
);

describe("shapes that do not suit a link are refused", () => {
  test.each<[string, TensorLink, number[][], string]>([
    [
      "a vector to turn",
      transposed("a", "b"),
      [[3]],
      "transposed: expected at least two axes, got [3]",
    ],
    [
      "sides of different heights",
      fused(["a", "b"], "ab"),
      [
        [2, 3],
        [5, 3],
      ],
      "a, b: expected shapes equal but for axis 1, got [2, 3], [5, 3]",
    ],
    [
      "an axis that is not there",
      fused(["a"], "b", { axis: 2 }),
      [[2, 3]],
      "axis: expected one of 2 axes, got 2",
    ],
    [
      "one before the first",
      inParts("a", ["b"], { axis: -3 }),
      [[2, 3]],
      "axis: expected one of 2 axes, got -3",
    ],
    [
      "parts that are no whole",
      inParts("a", ["x", "y"]),
      [[2, 3]],
      "a: expected 2 parts of 3, got 1.5, 1.5",
    ],
    [
      "parts that are not all",
      inParts("a", ["x", "y"], { sizes: [1, 1] }),
      [[2, 3]],
      "a: expected 2 parts of 3, got 1, 1",
    ],
    ["too few names", stacked("a", ["x"]), [[2, 3]], "a: expected 2 names, got 1"],
  ])("%s", (_, link, shapes, message) => {
    expect(() => link.fileShapes(shapes)).toThrow(new RangeError(message));
  });
});
