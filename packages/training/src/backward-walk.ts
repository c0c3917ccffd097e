import { ones, Tensor, tidy, util } from "@tensorflow/tfjs-core";
import type { PathStep } from "./gradient-path";
import { GradientSums } from "./gradient-sums";
import type { TapeNode } from "./tape";

/**
 * Walks from a value back to the parameters and frees on the way what is not needed any more: the
 * gradients of an operation's outputs as soon as those of its inputs are there, and all that they
 * took to compute. Terms are added in the order in which tfjs adds them, so sums are equal bit for
 * bit.
 *
 * To be called in a tidy, which frees what is left where a gradient throws.
 *
 * @param path From {@link gradientPath}.
 * @param done Called with each operation when its gradient is taken.
 * @param dy The gradient of the value itself. Default: ones.
 * @returns The gradients of the parameters.
 * @throws Error if an operation has no gradient, or one of another shape or dtype than it should.
 */
export function backwardWalk(
  path: readonly PathStep[],
  value: Tensor,
  done: (node: TapeNode) => void,
  dy: Tensor = ones(value.shape),
): GradientSums {
  const sums = new GradientSums();
  sums.add(value, dy);
  for (const step of [...path].reverse()) {
    stepBack(step, sums);
    done(step.node);
  }
  return sums;
}

/** Told besides which gradients are wanted, what tfjs's own functions do not ask. */
type GradientOfNode = (
  dys: Tensor[],
  names: readonly string[],
) => ReturnType<NonNullable<TapeNode["gradient"]>>;

function stepBack({ node, inputs }: PathStep, sums: GradientSums): void {
  const { kernelName, outputs } = node;
  const gradient = node.gradient as GradientOfNode | undefined;
  if (!gradient) {
    throw new Error(`Cannot compute gradient: gradient function not found for ${kernelName}.`);
  }
  tidy(() => {
    // tfjs puts zeros for an output that the loss does not use.
    const given = outputs.map((output) => sums.get(output)) as Tensor[];
    const names = inputs.map(([name]) => name);
    const gradients = gradient(given, names);
    for (const [name, input] of inputs) {
      const compute = gradients[name];
      if (!compute) {
        throw new Error(
          `gradient of ${kernelName}: expected one for input ${name}, got ${Object.keys(gradients)}`,
        );
      }
      // A scope of its own, which tfjs's gradients are written for, and which frees what one input's
      // gradient took before the next is computed.
      const term = tidy(compute);
      checkTerm(term, input, `gradient of ${kernelName} for input ${name}`);
      sums.add(input, term);
    }
    return inputs.map(([, input]) => sums.get(input) as Tensor);
  });
  for (const output of outputs) sums.release(output);
}

function checkTerm(term: unknown, { shape }: Tensor, name: string): void {
  if (!(term instanceof Tensor)) throw new Error(`${name}: expected a tensor, got ${typeof term}`);
  if (term.dtype !== "float32") throw new Error(`${name}: expected float32, got ${term.dtype}`);
  if (!util.arraysEqual(term.shape, shape)) {
    throw new Error(`${name}: expected [${shape.join(", ")}], got [${term.shape.join(", ")}]`);
  }
}
