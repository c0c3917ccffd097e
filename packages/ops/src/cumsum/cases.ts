import { grad, mul, sum, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { cumsumFromEnd, registerGradients } from "../index";

/** One length after another: tfjs 4.22.0's webgpu keeps the first one's program. */
export async function checkLengths(): Promise<void> {
  registerGradients();
  for (const length of [5, 2, 7, 1, 3]) {
    const numbers = Array.from({ length: 2 * length }, (_, n) => n + 1);
    const [x, weights] = [tensor(numbers, [2, length]), tensor(numbers, [2, length])];
    const tail = (n: number, exclusive: boolean) => {
      const end = n - (n % length) + length;
      return numbers.slice(exclusive ? n + 1 : n, end).reduce((a, b) => a + b, 0);
    };
    for (const exclusive of [false, true]) {
      const wanted = numbers.map((_, n) => tail(n, exclusive));
      await expectClose(cumsumFromEnd(x, 1, exclusive), wanted);
      // Of Σ entry · (sum from it on): what stands before each entry, its own weight too or not.
      const loss = (y: Tensor) => sum(mul(cumsumFromEnd(y, 1, exclusive), weights));
      const head = (n: number) =>
        numbers.slice(n - (n % length), exclusive ? n : n + 1).reduce((a, b) => a + b, 0);
      await expectClose(
        grad(loss)(x),
        numbers.map((_, n) => head(n)),
      );
    }
  }
}
