import {
  dispose,
  memory,
  mul,
  type Rank,
  type Scalar,
  sub,
  tensor1d,
  tensor2d,
  tidy,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { gelu, layerNorm, linear, registerGradients, softmaxCrossEntropy } from "@tx/ops";

/**
 * Trains two layers of 96 on 700 points, large enough that work is shared out, and gives the loss of
 * each step.
 *
 * @throws Error if a step leaks.
 */
export function learn(): number[] {
  registerGradients();
  const [points, width, classes] = [700, 96, 5];
  const wave = (rows: number, columns: number, speed: number) => {
    const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * speed));
    return tensor2d(values, [rows, columns]);
  };
  const x = wave(points, width, 0.37);
  const targets = tensor1d(
    Array.from({ length: points }, (_, i) => Math.floor(2.5 + 2.5 * Math.sin(i * 0.37 * width))),
    "int32",
  );
  const weights = [
    variable<Rank.R2>(tidy(() => mul(wave(width, width, 1.7), 0.1))),
    variable<Rank.R2>(tidy(() => mul(wave(width, classes, 2.3), 0.1))),
  ] as const;
  const lossOf = () =>
    softmaxCrossEntropy(
      linear(gelu(layerNorm(linear(x, weights[0])), "tanh"), weights[1]),
      targets,
    ) as Scalar;
  const losses: number[] = [];
  let tensors: number | undefined;
  for (let step = 0; step < 10; step++) {
    const { value, grads } = variableGrads(lossOf, [...weights]);
    losses.push(value.dataSync()[0]!);
    tidy(() => {
      for (const weight of weights) weight.assign(sub(weight, mul(grads[weight.name]!, 0.5)));
    });
    dispose([value, ...Object.values(grads)]);
    tensors ??= memory().numTensors;
    if (memory().numTensors !== tensors) throw new Error(`expected no leak, got ${memory()}`);
  }
  dispose([x, targets, ...weights]);
  return losses;
}
