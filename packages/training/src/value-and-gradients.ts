import { clone, type Scalar, Tensor, tidy, Variable } from "@tensorflow/tfjs-core";
import { registerGradients, ShapeError } from "@tx/core";
import { backwardWalk } from "./backward-walk";
import { gradientPath } from "./gradient-path";
import { withTape } from "./tape";

export interface ValueAndGradients {
  value: Scalar;
  /** By the parameters' paths; one that the loss does not use is absent. */
  gradients: Map<string, Tensor>;
}

/**
 * A loss and its gradients by parameter path. Where it throws, nothing is left behind.
 *
 * The same numbers as of tfjs's variableGrads, in less memory: what an operation saved and every
 * gradient on the way are freed as soon as the backward pass is through with them.
 *
 * @param loss Computes a float32 scalar from the parameters.
 * @returns Tensors that the caller owns; {@link disposeGradients} frees the gradients.
 * @throws RangeError if there is no parameter that is trainable, or the loss is not float32;
 *   ShapeError if it is not a scalar; Error if it uses none of the parameters, or an operation on
 *   the way has no gradient.
 */
export function valueAndGradients(
  loss: () => Scalar,
  parameters: ReadonlyMap<string, Variable>,
): ValueAndGradients {
  if (parameters.size === 0) throw new RangeError("parameters: expected at least one, got none");
  const trained = [...parameters].filter(([, { trainable }]) => trainable);
  if (trained.length === 0) {
    throw new RangeError("parameters: expected at least one that is trainable, got none");
  }
  registerGradients();
  const { value, entries } = tidy(() => lossAndGradients(loss, trained));
  return { value, gradients: new Map(entries) };
}

function lossAndGradients(loss: () => Scalar, trained: readonly [path: string, Variable][]) {
  const variables = trained.map(([, variable]) => variable);
  return withTape(loss, (value, tape) => {
    checkLoss(value);
    const path = gradientPath(tape.nodes, variables, value);
    if (path.length === 0 && !variables.includes(value as Tensor as Variable)) {
      throw new Error(
        "Cannot find a connection between any variable and the result of the loss function y=f(x). Please make sure the operations that use variables are inside the function f passed to minimize().",
      );
    }
    const onPath = new Set(path.map(({ node }) => node));
    for (const node of tape.nodes) if (!onPath.has(node)) tape.release(node);
    const sums = backwardWalk(path, value, tape.release);
    const entries = trained.flatMap(([name, variable]): [string, Tensor][] => {
      const gradient = sums.take(variable);
      return gradient ? [[name, gradient]] : [];
    });
    // A parameter that is the loss itself stays its owner's.
    return { value: value instanceof Variable ? clone(value) : value, entries };
  });
}

function checkLoss(value: unknown): asserts value is Scalar {
  if (!(value instanceof Tensor)) {
    throw new RangeError(`loss: expected a scalar tensor, got ${typeof value}`);
  }
  if (value.rank !== 0)
    throw new ShapeError(`loss: expected a scalar, got [${value.shape.join(", ")}]`);
  if (value.dtype !== "float32") throw new RangeError(`loss: expected float32, got ${value.dtype}`);
}

/** Frees every gradient. */
export function disposeGradients(gradients: ReadonlyMap<string, Tensor>): void {
  for (const gradient of gradients.values()) gradient.dispose();
}
