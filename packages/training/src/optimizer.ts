import type { Scalar, Tensor } from "@tensorflow/tfjs-core";

/** Changes parameters by their gradients, one update a call. */
export interface Optimizer {
  /** Updates made so far. */
  readonly steps: number;
  /**
   * @param gradients By parameter path; a parameter without one stays as it is.
   * @param rate Learning rate of this update.
   * @param gradientScale Multiplies every gradient first, such as the coefficient of clipping.
   * @param skipNaN Whether a gradientScale of NaN, which only the device knows, leaves every tensor as
   *   it was; only where canSkipNaN says so.
   */
  step(
    gradients: ReadonlyMap<string, Tensor>,
    rate: number,
    gradientScale?: Scalar,
    skipNaN?: boolean,
  ): void;
  /** Whether step knows skipNaN. Default: no. */
  readonly canSkipNaN?: boolean;
  /** What it remembers between updates, by parameter path: live tensors, not copies. */
  state(): Map<string, Tensor>;
  /** Takes over what {@link Optimizer.state} gave, and the number of updates made. */
  loadState(state: ReadonlyMap<string, Tensor>, steps: number): void;
  dispose(): void;
}
