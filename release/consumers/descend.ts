import {
  memory,
  mul,
  type Scalar,
  sub,
  tidy,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";

/**
 * Some steps of plain gradient descent, with nothing but tfjs-core; gradients are registered before.
 *
 * @returns The losses, for whoever tells of them.
 * @throws Error if the loss does not fall, or steps leave tensors behind.
 */
export function descend(variables: Iterable<Variable>, loss: () => Scalar, rate = 0.1): number[] {
  const all = [...variables];
  const step = () =>
    tidy(() => {
      const { value, grads } = variableGrads(loss, all);
      for (const variable of all) variable.assign(sub(variable, mul(grads[variable.name]!, rate)));
      return value.dataSync()[0]!;
    });
  const losses = [step()];
  const before = memory().numTensors;
  for (let n = 0; n < 4; n++) losses.push(step());
  if (!(losses.at(-1)! < losses[0]!)) {
    throw new Error(`expected the loss to fall, got ${losses.join(", ")}`);
  }
  if (memory().numTensors !== before) {
    throw new Error(`expected ${before} tensors, got ${memory().numTensors}`);
  }
  return losses;
}
