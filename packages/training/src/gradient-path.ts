import type { NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";
import type { TapeNode } from "./tape";

/** One operation between parameters and loss. */
export interface PathStep {
  readonly node: TapeNode;
  /** Those of its inputs that need a gradient, by the node's names for them, in its order. */
  readonly inputs: readonly (readonly [name: string, input: Tensor])[];
}

/**
 * The operations that lie between parameters and a value, in the tape's order. Where tfjs leaves
 * out an operation or an input, so does this, or sums would be of other terms.
 */
export function gradientPath(
  nodes: readonly TapeNode[],
  parameters: readonly Tensor[],
  value: Tensor,
): PathStep[] {
  const dependent = new Set(parameters.map(({ id }) => id));
  const fromParameters = nodes.filter((node) => {
    const isDependent = inputsOf(node).some(([, { id }]) => dependent.has(id));
    if (isDependent) for (const { id } of node.outputs) dependent.add(id);
    return isDependent;
  });
  const leading = new Set([value.id]);
  const steps: PathStep[] = [];
  for (const node of fromParameters.reverse()) {
    if (!node.outputs.some(({ id }) => leading.has(id))) continue;
    const inputs = inputsOf(node).filter(([, { id }]) => dependent.has(id));
    for (const [, { id }] of inputs) leading.add(id);
    steps.push({ node, inputs });
  }
  return steps.reverse();
}

/** An optional input that was not given is undefined on the tape. */
export const inputsOf = ({ inputs }: TapeNode): [name: string, input: Tensor][] =>
  Object.entries(inputs as Partial<NamedTensorMap>).filter(
    (entry): entry is [name: string, input: Tensor] => entry[1] != null,
  );
