import {
  abs,
  add,
  customGrad,
  div,
  exp,
  fill,
  type GradSaveFunc,
  greaterEqual,
  mul,
  neg,
  sigmoid,
  square,
  type Tensor,
  tidy,
  where,
} from "@tensorflow/tfjs-core";

/**
 * Mish, x · tanh(softplus(x)), element by element.
 *
 * @param x Any shape.
 * @returns The shape of x.
 * @see Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function,
 *   https://arxiv.org/abs/1908.08681
 */
export function mish<T extends Tensor>(x: T): T {
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [x, save] = args as [Tensor, GradSaveFunc];
    save([x]);
    return {
      value: mul(x, curve(x).tanh),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tidy(() => mul(dy, slope(saved[0]!))),
    };
  })(x) as T;
}

/**
 * tanh(softplus(x)) and 1 minus its square. With n = exp(−|x|), which cannot overflow,
 * tanh(ln(1 + eˣ)) is (2n + 1) / (2n² + 2n + 1) for x from 0 on and (n² + 2n) / (n² + 2n + 2) below.
 */
function curve(x: Tensor) {
  const n = exp(neg(abs(x)));
  const [twice, squared] = [mul(n, 2), square(n)];
  const positive = greaterEqual(x, 0);
  const over = where(positive, add(twice, 1), add(squared, twice));
  // What the denominator has besides; kept apart, since 1 − tanh² has no digits left where it is near 0.
  const rest = where(positive, mul(squared, 2), fill(x.shape, 2));
  const under = add(over, rest);
  return {
    tanh: div(over, under),
    complement: div(mul(rest, add(mul(over, 2), rest)), square(under)),
  };
}

function slope(x: Tensor): Tensor {
  const { tanh, complement } = curve(x);
  return add(tanh, mul(mul(x, sigmoid(x)), complement));
}
