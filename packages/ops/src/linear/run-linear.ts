import { clone, engine, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { withGradient } from "../with-gradient";
import { checkLinear } from "./check";
import { type Curve, linearGradReference, linearReference } from "./reference";

/**
 * activation(x · kernel + bias) + residual, by the kernels of {@link linear} or the reference.
 *
 * @param curve That of the activation; none for "linear".
 */
export function runLinear<T extends Tensor>(
  x: T,
  kernel: Tensor2D,
  bias: Tensor1D | undefined,
  residual: Tensor | undefined,
  activation = "linear",
  curve?: Curve,
): T {
  checkLinear(x, kernel, bias, residual);
  const inputs = { x, kernel, bias, residual };
  return withGradient(inputs, () => {
    // Only a gradient asks for the sums.
    const withSums = curve !== undefined && engine().state.gradientDepth > 0;
    const made = runKernelOr<Tensor | Tensor[], typeof inputs>(
      "TxLinear",
      inputs,
      { activation, withSums },
      () => linearReference(inputs, withSums, curve),
    );
    const [value, sums] = Array.isArray(made) ? made : [made];
    const hasBias = bias !== undefined;
    return [
      value!,
      { x: x as Tensor, kernel, sums },
      (told) => {
        const gradients = runKernelOr("TxLinearGrad", told, { hasBias, activation }, () =>
          linearGradReference(told, hasBias, curve),
        );
        return residual ? [...gradients, clone(told.dy)] : gradients;
      },
    ];
  });
}
