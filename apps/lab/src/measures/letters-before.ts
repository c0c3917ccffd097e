import {
  addN,
  div,
  type Scalar,
  slice,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
} from "@tensorflow/tfjs-core";
import type { Rng } from "@tx/core";
import { softmaxCrossEntropy } from "@tx/ops";
import type { Task } from "./train-variants";

export const letters = [..."abcdefghijklmnop"];
/** How far back the letters stand that are asked for at each place. */
export const offsets = [1, 2, 4, 7];

/** Letters drawn at random, int32 [rows, length]. */
export function randomLetters(rows: number, length: number, rng: Rng): Tensor2D {
  const values = Int32Array.from({ length: rows * length }, () => rng.integer(letters.length));
  return tensor2d(values, [rows, length], "int32");
}

/**
 * To say at each place which letters stood 1, 2, 4 and 7 places before: four relations at once. The
 * model's logits are those of the letters at the first offset, then at the second, and so on.
 */
export const lettersBefore: Task = {
  rows: ({ rows, length }, rng) => ({ tokens: randomLetters(rows, length, rng), floor: 0 }),
  loss: (model, tokens) => {
    const [rows, length] = tokens.shape;
    const logits = model.forward(tokens);
    const losses = offsets.map((offset, n) => {
      const size: [number, number, number] = [rows, length - offset, letters.length];
      const asked: Tensor3D = slice(logits, [0, offset, n * letters.length], size);
      return softmaxCrossEntropy<Scalar>(asked, slice(tokens, [0, 0], [rows, length - offset]));
    });
    return div(addN(losses), offsets.length);
  },
};
