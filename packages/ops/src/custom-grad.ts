import {
  engine,
  type GradSaveFunc,
  customGrad as stockCustomGrad,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";

type Differentiable = (...inputsAndSave: (Tensor | GradSaveFunc)[]) => {
  value: Tensor;
  gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[];
};

/**
 * tfjs's customGrad where a gradient is being taken; otherwise just the value. Recording what nobody
 * will read costs tfjs-core 4.22.0 some microseconds an operation, as much as a small operation
 * itself, which decoding token by token is made of.
 */
export function customGrad(f: Differentiable): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => {
    if (engine().state.gradientDepth > 0) {
      return (stockCustomGrad(f) as (...inputs: Tensor[]) => Tensor)(...inputs);
    }
    return tidy(() => f(...inputs, saveNothing).value);
  };
}

const saveNothing: GradSaveFunc = () => {};
