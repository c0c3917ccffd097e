import type { Variable } from "@tensorflow/tfjs-core";

const KEY = "@tx/core/variableMaker";

/** Makes a parameter's variable in the place of its initialiser. */
type VariableMaker = (shape: number[], trainable: boolean) => Variable;

const shared = () => globalThis as { [KEY]?: VariableMaker | undefined };

/**
 * The one at work, if there is one: one for all installed copies of this package. Whoever sets it
 * brings its code, so that programs without it do not carry it.
 */
export const variableMaker = (): VariableMaker | undefined => shared()[KEY];

export function setVariableMaker(make: VariableMaker | undefined): void {
  shared()[KEY] = make;
}
