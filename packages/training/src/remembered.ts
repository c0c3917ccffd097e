import {
  broadcastTo,
  clone,
  dispose,
  type Tensor,
  tidy,
  type Variable,
  where,
} from "@tensorflow/tfjs-core";

/** Variables as they were: what the pass forward itself may change, such as running statistics. */
export interface Remembered {
  /** Sets them back. */
  restore(): void;
  /**
   * Sets them back on the device where a flag does not hold.
   *
   * @param holds bool, a scalar.
   */
  restoreUnless(holds: Tensor): void;
  /** Forgets what they were. */
  dispose(): void;
}

export function remembered(variables: readonly Variable[]): Remembered {
  const before = variables.map((variable) => clone(variable as Tensor));
  const each = (next: (variable: Tensor, before: Tensor) => Tensor) =>
    tidy(() => {
      variables.forEach((variable, n) => {
        variable.assign(next(variable, before[n]!));
      });
    });
  return {
    restore: () => each((_, old) => clone(old)),
    restoreUnless: (holds) => each((now, old) => where(broadcastTo(holds, now.shape), now, old)),
    dispose: () => dispose(before),
  };
}
