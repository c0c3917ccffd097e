import {
  add,
  concat,
  gather,
  slice,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor2d,
  zeros,
} from "@tensorflow/tfjs-core";
import { type RopeOptions, type rope, ropeFrequencies, scaledRope } from "@tx/positional";
import { evaluate } from "../evaluate";
import type { CaseTensor } from "../golden-case";
import type { Kind } from "../kind";
import { readRopeOptions } from "./rope-of-case";
import { axis, holds, inputsAre, weightsAre } from "./shape-of-case";

/** Rotary positions on given heads, at given positions, with any scaling. */
export const rotaryPositions: Kind = {
  name: "rope",

  matches: (golden) =>
    inputsAre(golden, ["positions", "x"], ["cotangent"]) &&
    weightsAre(golden, []) &&
    holds(golden, "config", "layout"),

  map(reader) {
    const x = reader.input("x");
    const positions = rowsOf(reader.input("positions"));
    const options = readRopeOptions(reader, "layout", axis(x, -1));
    const length = reader.has("config", "sequenceLength")
      ? reader.number("sequenceLength")
      : Math.max(...positions.flat()) + 1;
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const module = scaledRope(options);
      const turned = (x: Tensor4D) => turn(module, x, positions, length);
      return evaluate(reader.golden, {
        inputs: { x },
        module,
        cotangent,
        forward: (tensors) => {
          const { frequencies, base } = ropeFrequencies(options, length);
          return {
            output: turned(tensors.x as Tensor4D),
            inverse_frequencies: tensor1d(frequencies),
            scaled_base: tensor1d([base]),
            ...waves(turned, options, positions),
          };
        },
        differentiable: (tensors) => turned(tensors.x as Tensor4D),
      });
    };
  },
};

type Turns = (x: Tensor4D) => Tensor4D;

/** Positions by row: one row for all of a batch, or one each. */
function rowsOf({ shape, data }: CaseTensor): number[][] {
  const len = shape.at(-1) ?? 1;
  return Array.from({ length: data.length / len }, (_, row) => [
    ...data.slice(row * len, (row + 1) * len),
  ]);
}

/**
 * Rotates by positions of the form that they have: from one on, else one by one, else, where that
 * is refused because the length counts, by stretches of rows that follow one another.
 */
function turn(
  module: ReturnType<typeof rope>,
  x: Tensor4D,
  rows: readonly number[][],
  length: number,
): Tensor4D {
  const [batch, , len] = x.shape;
  const k = { start: 0, len: length };
  const at = (start: number, len: number, x: Tensor4D) =>
    module.rotate(x, "q", { q: { start, len }, k });
  const each = Array.from({ length: batch }, (_, row) => rows[row % rows.length]!);
  if (rows.length === 1 && stretches(rows[0]!).length === 1) return at(rows[0]![0]!, len, x);
  if (module.cacheKeys === "rotated") {
    const ids = tensor2d(each, [batch, len], "int32");
    return module.rotate(x, "q", { q: { start: 0, len, ids }, k });
  }
  const turned = each.map((row, b) =>
    concat(
      stretches(row).map(([from, count]) =>
        at(row[from]!, count, slice(x, [b, 0, from, 0], [1, -1, count, -1])),
      ),
      2,
    ),
  );
  return concat(turned, 0);
}

/** First place and number of the positions that follow one another. */
function stretches(row: readonly number[]): [from: number, count: number][] {
  const begins = row.flatMap((position, n) => (n > 0 && position === row[n - 1]! + 1 ? [] : [n]));
  return begins.map((from, n) => [from, (begins[n + 1] ?? row.length) - from]);
}

/** What the rotation makes of pairs (1, 0): cosines and sines, as it uses them; [rows, len, pairs]. */
function waves(
  turned: Turns,
  { headDim, pairing, rotaryDim = headDim }: RopeOptions,
  positions: readonly number[][],
): { cos: Tensor; sin: Tensor } {
  const pairs = Array.from({ length: rotaryDim / 2 }, (_, pair) => pair);
  const half = pairing === "half";
  const first = pairs.map((pair) => (half ? pair : 2 * pair));
  const second = first.map((place) => place + (half ? pairs.length : 1));
  const unit = Array.from({ length: headDim }, (_, place) => (first.includes(place) ? 1 : 0));
  const shape = [positions.length, 1, positions[0]!.length, headDim];
  const seen = turned(add(zeros(shape), unit) as Tensor4D);
  const of = (places: number[]) => gather(seen, tensor1d(places, "int32"), 3);
  return { cos: of(first), sin: of(second) };
}
