import { clone, type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import { type Module, variablesOf } from "./module";
import { lacksValues } from "./without-values";

/**
 * All that a checkpoint of a module has to hold, by path: its parameters and the variables that are
 * not trainable, such as running statistics. The live variables, not copies.
 */
export function stateOf(module: Module): Map<string, Variable> {
  return variablesOf(module);
}

/**
 * Sets the variables of a module, those of {@link stateOf}, from tensors by path.
 *
 * All or nothing: every path must be there, none besides, each in its shape and dtype; otherwise
 * nothing is assigned.
 *
 * @param state Stays the caller's; the values are taken over.
 * @throws Error that lists every path that is missing, unknown, of another shape or dtype, already
 *   disposed or without values, all at once.
 */
export function loadState(module: Module, state: ReadonlyMap<string, Tensor>): void {
  const own = stateOf(module);
  const problems = problemsOf(own, state);
  if (problems.length > 0) {
    throw new Error(`state: expected the module's own parameters, got ${problems.join("; ")}`);
  }
  tidy(() => {
    // Clones share the numbers. A state may hold this module's own variables, whose numbers
    // assign would free before it takes them.
    const values = [...own].map(([path, variable]) => [variable, clone(state.get(path)!)] as const);
    for (const [variable, value] of values) variable.assign(value);
  });
}

function problemsOf(
  own: ReadonlyMap<string, Tensor>,
  given: ReadonlyMap<string, Tensor>,
): string[] {
  const missing = [...own.keys()].filter((path) => !given.has(path));
  const unknown = [...given.keys()].filter((path) => !own.has(path));
  const unfit = [...own].flatMap(([path, variable]) => {
    const tensor = given.get(path);
    return tensor ? misfits(tensor, variable).map((misfit) => `${path} ${misfit}`) : [];
  });
  return [
    ...(missing.length > 0 ? [`none at ${missing.join(", ")}`] : []),
    ...(unknown.length > 0 ? [`unknown ${unknown.join(", ")}`] : []),
    ...unfit,
  ];
}

function misfits(got: Tensor, { shape, dtype }: Tensor): string[] {
  if (got.isDisposed) return ["already disposed"];
  if (lacksValues(got)) return ["without values"];
  return [
    ...(got.shape.join() === shape.join()
      ? []
      : [`of [${got.shape.join(", ")}] instead of [${shape.join(", ")}]`]),
    ...(got.dtype === dtype ? [] : [`of ${got.dtype} instead of ${dtype}`]),
  ];
}
