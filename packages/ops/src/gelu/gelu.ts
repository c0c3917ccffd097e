import { type GradSaveFunc, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runAlone, runKernelOr } from "../run-kernel";
import { type GeluForm, geluGradReference, geluReference } from "./reference";

/**
 * Gaussian error linear unit, x · Φ(x), element by element.
 *
 * Kernel contract: `TxGelu` {x} {form} → shape of x; `TxGeluGrad` {x, dy} {form} → dx.
 *
 * @param x Any shape.
 * @param form "erf" (default) is exact, "tanh" the approximation of GPT-2.
 * @returns The shape of x.
 * @see Hendrycks and Gimpel 2016, Gaussian Error Linear Units, §2, https://arxiv.org/abs/1606.08415
 */
export function gelu<T extends Tensor>(x: T, form: GeluForm = "erf"): T {
  if (form !== "erf" && form !== "tanh") {
    throw new RangeError(`form: expected "erf" or "tanh", got ${JSON.stringify(form)}`);
  }
  const alone = runAlone<T>("TxGelu", { x }, { form });
  if (alone) return alone;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [x, save] = args as [Tensor, GradSaveFunc];
    save([x]);
    return {
      value: runKernelOr("TxGelu", { x }, { form }, () => geluReference(x, form)),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const x = saved[0]!;
          return runKernelOr("TxGeluGrad", { x, dy }, { form }, () =>
            geluGradReference(dy, x, form),
          );
        }),
    };
  })(x) as T;
}
