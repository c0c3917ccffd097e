import { getGradient, registerGradient } from "@tensorflow/tfjs-core";
import { arithmeticGradients } from "./arithmetic";
import { flatGradients } from "./flat";
import type { Gradient } from "./gradient";
import { joiningGradients } from "./joining";
import { matrixGradients } from "./matrix";
import { isStandIn } from "./missing-gradients";
import { reductionGradients } from "./reduction";
import { selectionGradients } from "./selection";
import { shapeGradients } from "./shape";
import { unaryGradients } from "./unary";

/** The gradient of every kernel that this package knows one for. */
export const allGradients = (): Gradient[] => [
  ...arithmeticGradients(),
  ...unaryGradients(),
  ...flatGradients(),
  ...reductionGradients(),
  ...shapeGradients(),
  ...joiningGradients(),
  ...matrixGradients(),
  ...selectionGradients(),
];

/**
 * Teaches tfjs the gradients that it is missing, so that models can be trained. @tx/training calls it;
 * who takes gradients by tfjs's own functions or optimizers calls it once before.
 *
 * tfjs keeps one gradient per kernel for the whole process. tfjs-core alone comes with none, the
 * union package with its own; what is registered already stays. May be called any number of
 * times.
 */
export function registerGradients(): void {
  for (const gradient of allGradients()) {
    const known = getGradient(gradient.kernelName);
    if (!known || isStandIn(known)) registerGradient(gradient);
  }
}
