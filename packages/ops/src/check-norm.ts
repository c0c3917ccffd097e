import type { Tensor } from "@tensorflow/tfjs-core";
import { refuseShape } from "./shapes";

// By hand, since this runs for each token.

/**
 * @returns The width of what is to be normalised over its last axis.
 * @throws RangeError if eps is not positive; ShapeError if x has no axis.
 */
export function checkNorm(x: Tensor, eps: number): number {
  if (!(eps > 0)) throw new RangeError(`eps: expected a positive number, got ${eps}`);
  return x.shape.at(-1) ?? refuseShape("x", "[..., width]", x);
}

/** @throws ShapeError if a gain or a bias is there but not [width]. */
export function checkPart(name: string, part: Tensor | undefined, width: number): void {
  if (part && (part.rank !== 1 || part.size !== width)) {
    refuseShape(name, `[width=${width}]`, part);
  }
}
