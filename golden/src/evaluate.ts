import { mul, type Scalar, sum, type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import { type Module, parameter } from "@tx/core";
import { valueAndGradients } from "@tx/training";
import type { CaseTensor, GoldenCase } from "./golden-case";
import type { Produced } from "./kind";
import { floats, readAll, transposed } from "./tensors";
import { loadWeights, type Weight } from "./weights";

/** What is computed for a case, and by which numbers it is differentiated. */
export interface Evaluation {
  /** Inputs that may have a gradient. */
  readonly inputs?: Readonly<Record<string, CaseTensor>>;
  /** Owner of the parameters; disposed at the end. */
  readonly module?: Module;
  readonly weights?: readonly Weight[];
  /** Multiplies the output in the sum that is differentiated; without one the output is a loss. */
  readonly cotangent?: CaseTensor | undefined;
  /** The outputs by name, one of them "output", from tensors of the inputs. Runs in a tidy. */
  forward(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor>;
  /** The output in the form that has a gradient. Default: forward's. */
  differentiable?(inputs: Readonly<Record<string, Tensor>>): Tensor;
}

/** Computes the outputs and, if the case lists any, the gradients of sum(output · cotangent). */
export async function evaluate(golden: GoldenCase, evaluation: Evaluation): Promise<Produced> {
  const { inputs = {}, module, weights = [], forward } = evaluation;
  const leaves = Object.entries(inputs).map(([name, value]): [string, Variable] => [
    name,
    parameter([...value.shape], () => floats(value)),
  ]);
  try {
    if (module) loadWeights(module, weights);
    const tensors = Object.fromEntries(leaves);
    const outputs = await readAll(Object.entries(tidy(() => forward(tensors))));
    const listed = { ...golden.grads.inputs, ...golden.grads.weights };
    if (Object.keys(listed).length === 0) return { outputs };
    const output = () => evaluation.differentiable?.(tensors) ?? forward(tensors).output!;
    const loss = () => lossOf(output(), evaluation.cotangent);
    return { outputs, grads: await gradientsOf(loss, leaves, module, weights) };
  } finally {
    for (const [, leaf] of leaves) leaf.dispose();
    module?.dispose();
  }
}

function lossOf(output: Tensor, cotangent: CaseTensor | undefined): Scalar {
  return cotangent ? sum(mul(output, floats(cotangent))) : (output as Scalar);
}

async function gradientsOf(
  loss: () => Scalar,
  inputs: readonly (readonly [string, Variable])[],
  module: Module | undefined,
  weights: readonly Weight[],
): Promise<NonNullable<Produced["grads"]>> {
  // Slashes keep the two apart: no path of a module has one.
  const variables = new Map(inputs.map(([name, leaf]) => [`inputs/${name}`, leaf]));
  for (const [path, variable] of module?.parameters() ?? []) variables.set(path, variable);
  const { value, gradients } = valueAndGradients(loss, variables);
  value.dispose();
  const shapes = new Map([...gradients].map(([path, { shape }]) => [path, shape]));
  const numbers = await readAll(gradients);
  const ofWeight = ({ path, transposed: turned }: Weight) => {
    const data = numbers[path];
    if (!data || !turned) return data;
    return transposed({ shape: shapes.get(path)!, data: [...data] }).data;
  };
  return {
    inputs: present(inputs.map(([name]) => [name, numbers[`inputs/${name}`]])),
    weights: present(weights.map((weight) => [weight.name, ofWeight(weight)])),
  };
}

function present<T>(entries: readonly (readonly [string, T | undefined])[]): Record<string, T> {
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, T] => entry[1] !== undefined),
  );
}
