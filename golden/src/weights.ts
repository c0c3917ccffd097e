import { type Tensor, tidy } from "@tensorflow/tfjs-core";
import { loadState, type Module } from "@tx/core";
import type { CaseReader } from "./case-reader";
import type { CaseTensor } from "./golden-case";
import { NotMapped } from "./not-mapped";
import { floats, transposed } from "./tensors";

/** A weight of a case and the parameter of a module that it belongs to. */
export interface Weight {
  /** Path in the module, such as "query.kernel". */
  readonly path: string;
  /** Name in the case, such as "q_proj.weight". */
  readonly name: string;
  /** Whether the case holds it as [outputs, inputs] where the module has [inputs, outputs]. */
  readonly transposed: boolean;
  readonly value: CaseTensor;
}

/** A weight that has the same layout on both sides. */
export function plainWeight(reader: CaseReader, path: string, name: string): Weight {
  return { path, name, transposed: false, value: reader.weight(name) };
}

/** Kernel and, if there is one, bias of a linear part. */
export function linearWeights(reader: CaseReader, path: string, name: string): Weight[] {
  const value = reader.weight(`${name}.weight`);
  const kernel = { path: `${path}.kernel`, name: `${name}.weight`, transposed: true, value };
  return hasBias(reader, name)
    ? [kernel, plainWeight(reader, `${path}.bias`, `${name}.bias`)]
    : [kernel];
}

/** Gain and, if there is one, bias of a norm. The prefix ends in ".", or is "". */
export function normWeights(reader: CaseReader, path: string, name: string): Weight[] {
  const gain = plainWeight(reader, `${path}gain`, `${name}weight`);
  return reader.has("weights", `${name}bias`)
    ? [gain, plainWeight(reader, `${path}bias`, `${name}bias`)]
    : [gain];
}

export function hasBias(reader: CaseReader, name: string): boolean {
  return reader.has("weights", `${name}.bias`);
}

/**
 * Whether the linear parts named have biases.
 *
 * @throws NotMapped if only some have one, since no module has such a form, or if config.bias
 * disagrees.
 */
export function commonBias(reader: CaseReader, names: readonly string[]): boolean {
  const [first = false, ...others] = names.map((name) => hasBias(reader, name));
  if (others.some((bias) => bias !== first)) {
    throw new NotMapped(`weights: expected a bias on all of ${names.join(", ")} or on none`);
  }
  return agreedBias(reader, first);
}

/** @throws NotMapped if config.bias, where there is one, disagrees with the weights. */
export function agreedBias(reader: CaseReader, bias: boolean): boolean {
  if (reader.flag("bias", bias) !== bias) {
    throw new NotMapped(`config.bias: expected ${bias} as in the weights, got ${!bias}`);
  }
  return bias;
}

/** Gives a module the weights of a case: all of its parameters, and no others. */
export function loadWeights(module: Module, weights: readonly Weight[]): void {
  tidy(() => {
    const tensors = weights.map(({ path, value, transposed: turned }): [string, Tensor] => [
      path,
      floats(turned ? transposed(value) : value),
    ]);
    loadState(module, new Map(tensors));
  });
}
