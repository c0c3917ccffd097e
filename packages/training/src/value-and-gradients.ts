import {
  dispose,
  engine,
  type Scalar,
  type Tensor,
  tidy,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { registerGradients } from "@tx/core";

export interface ValueAndGradients {
  value: Scalar;
  /** By the parameters' paths; one that the loss does not use is absent. */
  gradients: Map<string, Tensor>;
}

/**
 * A loss and its gradients by parameter path. Where it throws, nothing is left behind.
 *
 * @param loss Computes a scalar from the parameters.
 * @returns Tensors that the caller owns; {@link disposeGradients} frees the gradients.
 * @throws RangeError if there is no parameter; Error if the loss uses none of them.
 */
export function valueAndGradients(
  loss: () => Scalar,
  parameters: ReadonlyMap<string, Variable>,
): ValueAndGradients {
  if (parameters.size === 0) throw new RangeError("parameters: expected at least one, got none");
  registerGradients();
  const { value, grads } = gradientsOf(loss, [...parameters.values()]);
  const gradients = new Map<string, Tensor>();
  for (const [path, variable] of parameters) {
    // tfjs names gradients by the variable's own name and leaves out, or null, what has none.
    const gradient: Tensor | null | undefined = grads[variable.name];
    if (gradient) gradients.set(path, gradient);
  }
  return { value, gradients };
}

function gradientsOf(loss: () => Scalar, variables: Variable[]): ReturnType<typeof variableGrads> {
  try {
    // tfjs 4.22.0 checks the loss only after it has made value and gradients, and forgets those.
    return tidy(() => variableGrads(loss, variables));
  } catch (error) {
    const { state } = engine();
    // It also keeps what the gradients need of each operation, and frees that at the end only. An
    // outer gradient's tape, if there is one, is still in use.
    if (state.gradientDepth === 0) {
      for (const { saved } of state.activeTape ?? []) dispose(saved ?? []);
      state.activeTape = [];
    }
    throw error;
  }
}

/** Frees every gradient. */
export function disposeGradients(gradients: ReadonlyMap<string, Tensor>): void {
  for (const gradient of gradients.values()) gradient.dispose();
}
