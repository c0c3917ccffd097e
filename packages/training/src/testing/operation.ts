import { customGrad, type GradSaveFunc, type Tensor } from "@tensorflow/tfjs-core";

/** An operation by its value and its gradient function; saves its inputs. */
export const operation = (
  value: (...inputs: Tensor[]) => Tensor,
  gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[],
) =>
  customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    save(args as Tensor[]);
    return { value: value(...(args as Tensor[])), gradFunc };
  }) as (...inputs: Tensor[]) => Tensor;
