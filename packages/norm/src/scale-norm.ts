import {
  cast,
  customGrad,
  div,
  type GradSaveFunc,
  greater,
  maximum,
  mul,
  type Scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { checkCount, checkShapes, constant, Module, parameter, ShapeError } from "@tx/core";
import { checkEps } from "./check-eps";

/**
 * Each row stretched to one length: g · x / max(‖x‖, eps) over the last axis. A row of zeros gives
 * zeros, with a finite gradient.
 *
 * @param x [..., width]
 * @param g [], the length.
 * @param eps The least length that a row is divided by. Default 1e-5.
 * @returns The shape of x.
 * @throws ShapeError if x has no axis or g has one; RangeError if eps is not positive.
 * @see Nguyen and Salazar 2019, Transformers without Tears, https://arxiv.org/abs/1910.05895
 */
export function scaleNorm<T extends Tensor>(x: T, g: Scalar, eps = 1e-5): T {
  checkEps(eps);
  checkShapes(["x", x, "... width"]);
  if ((g as Tensor).rank !== 0) throw new ShapeError(`g: expected [], got [${g.shape}]`);
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [x, g, save] = args as [Tensor, Tensor, GradSaveFunc];
    save([x, g]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      tidy(() => gradients(dy, saved as [Tensor, Tensor], eps));
    return { value: mul(directions(x, eps).unit, g), gradFunc };
  })(x, g) as T;
}

function directions(x: Tensor, eps: number) {
  const length = sqrt(sum(square(x), -1, true));
  const divisor = maximum(length, eps);
  return { length, divisor, unit: div(x, divisor) };
}

function gradients(dy: Tensor, [x, g]: [Tensor, Tensor], eps: number): Tensor[] {
  const { length, divisor, unit } = directions(x, eps);
  // A row shorter than eps is divided by a constant; a longer one cannot move along itself.
  const along = mul(cast(greater(length, eps), "float32"), sum(mul(dy, unit), -1, true));
  const dx = mul(div(sub(dy, mul(unit, along)), divisor), g);
  return [dx, sum(mul(dy, unit))];
}

export interface ScaleNormOptions {
  /** The least length that a row is divided by. Default 1e-5. */
  eps?: number;
}

/**
 * {@link scaleNorm} with one learned number for all features.
 *
 * @see Nguyen and Salazar 2019, Transformers without Tears, https://arxiv.org/abs/1910.05895
 */
export class ScaleNorm extends Module {
  /** [], √width at first, the length that a row of variance 1 has anyway. */
  readonly g: Variable;
  readonly eps: number;

  /** @throws RangeError if width is not a whole number from 1 or eps is not positive. */
  constructor(
    readonly width: number,
    { eps = 1e-5 }: ScaleNormOptions = {},
  ) {
    super();
    checkCount("width", width);
    checkEps(eps);
    this.eps = eps;
    this.g = parameter([], constant(Math.sqrt(width)));
  }

  /**
   * @param x [..., width]
   * @returns [..., width]
   * @throws ShapeError if x does not end in width.
   */
  forward<T extends Tensor>(x: T): T {
    checkShapes(["x", x, `... ${this.width}`]);
    return scaleNorm(x, this.g as Tensor as Scalar, this.eps);
  }
}
