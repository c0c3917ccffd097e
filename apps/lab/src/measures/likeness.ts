import type { Tensor3D } from "@tensorflow/tfjs-core";
import { mean } from "../experiment/statistics";

/**
 * How alike the tokens of a text have become: the mean cosine of all pairs of their vectors, 1 where
 * all point the same way; then the mean over the texts.
 *
 * @param x [batch, seq, width], seq at least 2; stays the caller's.
 */
export async function likeness(x: Tensor3D): Promise<number> {
  const [batch, seq, width] = x.shape;
  const numbers = await x.data();
  const ofText = (text: number) => {
    const sum = new Float64Array(width);
    for (let token = 0; token < seq; token++) {
      const at = (text * seq + token) * width;
      const vector = numbers.slice(at, at + width);
      const length = Math.hypot(...vector) || 1;
      for (const [n, number] of vector.entries()) sum[n]! += number / length;
    }
    // The square of the sum of unit vectors has each pair twice, and each with itself.
    const square = sum.reduce((total, number) => total + number * number, 0);
    return (square - seq) / (seq * (seq - 1));
  };
  return mean(Array.from({ length: batch }, (_, text) => ofText(text)));
}
