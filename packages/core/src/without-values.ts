import { type DataId, engine, KernelBackend, keep, Variable } from "@tensorflow/tfjs-core";
import { setVariableMaker, variableMaker } from "./variable-maker";

const MARK = "@tx/core/NoValues";

/**
 * What `make` returns, with variables of shape and dtype but without values: no memory is taken and
 * no initialiser runs, so neither does the Rng move on. For counting a model that would not fit, and
 * for loading one whose first values would only be thrown away.
 *
 * `variable.assign`, and so loadState, gives a variable its values; until then, whatever wants to
 * read them throws on every backend. tf.memory().numBytes counts a variable as if it had them.
 *
 * @param make Not async: what it does after it has returned is done as ever.
 */
export function withoutValues<T>(make: () => T): T {
  const before = variableMaker();
  setVariableMaker(variableWithoutValues);
  try {
    return make();
  } finally {
    setVariableMaker(before);
  }
}

/** A variable of dtype float32 that has no values yet. */
function variableWithoutValues(shape: number[], trainable: boolean): Variable {
  // tf.variable has the backend in use count the data, which is none of its own. So the tensor that
  // the variable is made from is never disposed: the engine's count of it stands for the variable.
  const dataId = {};
  const counted = keep(engine().makeTensorFromDataId(dataId, shape, "float32", new NoValues()));
  const made = new Variable(counted, trainable, `without values ${counted.id}`, counted.id);
  engine().registeredVariables[made.name] = made;
  return made;
}

/** Whether a variable was made without values and has been given none since. */
export function lacksValues({ dataId }: { dataId: DataId }): boolean {
  const backend = engine().state.tensorInfo.get(dataId)?.backend;
  return backend !== undefined && MARK in backend;
}

/**
 * Where the data lie that are not there. A backend that is asked for data which another holds has
 * the engine read them there first, so that nobody gets by this refusal.
 */
class NoValues extends KernelBackend {
  /** So that another installed copy of this package knows it. */
  readonly "@tx/core/NoValues" = true;

  override refCount(): number {
    return 1;
  }

  override disposeData(): boolean {
    return true;
  }

  override readSync(): never {
    throw new Error(
      "variable: expected values, got none: made withoutValues, it needs some from assign or loadState first",
    );
  }

  override async read(): Promise<never> {
    return this.readSync();
  }
}
