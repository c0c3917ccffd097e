import { type GradSaveFunc, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runKernelOr } from "../run-kernel";
import { ShapeError } from "../shapes";
import {
  type CrossEntropyAttributes,
  crossEntropyGradReference,
  crossEntropyReference,
} from "./reference";

export interface CrossEntropyOptions {
  /** Targets with this value have no loss and no gradient. Default −100. */
  ignoreIndex?: number;
  /**
   * Share s of the wanted probability that is spread over all classes, the target's own
   * included, as torch does; in [0, 1). Default 0.
   */
  labelSmoothing?: number;
  /** "mean" (default) is over the targets that count; without any it is 0. */
  reduction?: "mean" | "sum" | "none";
}

/**
 * Cross-entropy of softmax(logits) with the target classes, in nats, never forming a probability
 * on the way forward, so that logits of any finite size are safe.
 *
 * Targets other than ignoreIndex are to be in [0, classes); like ids they are not read back. Rows
 * that are ignored have no gradient, whatever their logits hold, NaN too.
 *
 * Kernel contract: `TxSoftmaxCrossEntropy` {logits, targets} {ignoreIndex, labelSmoothing,
 * reduction} → what is returned; `TxSoftmaxCrossEntropyGrad` {logits, targets, dy} {the same} →
 * shape of logits. The kernel also reduces: for "mean" it divides by the number of targets that
 * count, or 1 if none does, and dy is of the shape that is returned.
 *
 * @param logits float32 [..., classes]
 * @param targets int32 [...]
 * @returns A scalar, or [...] with reduction "none".
 * @throws ShapeError if targets does not fit; RangeError for an option out of range or another
 *   dtype.
 * @see Szegedy et al. 2016, Rethinking the Inception Architecture, §7 (label smoothing)
 */
export function softmaxCrossEntropy<T extends Tensor>(
  logits: Tensor,
  targets: Tensor,
  { ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" }: CrossEntropyOptions = {},
): T {
  checkTensors(logits, targets);
  checkOptions(ignoreIndex, labelSmoothing, reduction);
  const attributes: CrossEntropyAttributes = { ignoreIndex, labelSmoothing, reduction };
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [logits, save] = args as [Tensor, GradSaveFunc];
    save([logits, targets]);
    return {
      value: runKernelOr("TxSoftmaxCrossEntropy", { logits, targets }, { ...attributes }, () =>
        crossEntropyReference(logits, targets, attributes),
      ),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [logits, targets] = saved as [Tensor, Tensor];
          const inputs = { logits, targets, dy };
          return runKernelOr("TxSoftmaxCrossEntropyGrad", inputs, { ...attributes }, () =>
            crossEntropyGradReference(dy, logits, targets, attributes),
          );
        }),
    };
  })(logits) as T;
}

function checkTensors(logits: Tensor, targets: Tensor): void {
  if (logits.rank === 0) throw new ShapeError("logits: expected [..., classes], got []");
  const wanted = logits.shape.slice(0, -1);
  if (targets.shape.join() !== wanted.join()) {
    throw new ShapeError(
      `targets: expected [${wanted.join(", ")}] for logits of [${logits.shape.join(", ")}], got [${targets.shape.join(", ")}]`,
    );
  }
  if (targets.dtype !== "int32") {
    throw new RangeError(`targets: expected int32, got ${targets.dtype}`);
  }
  if (logits.dtype !== "float32") {
    throw new RangeError(`logits: expected float32, got ${logits.dtype}`);
  }
}

function checkOptions(ignoreIndex: number, labelSmoothing: number, reduction: string): void {
  if (!Number.isInteger(ignoreIndex)) {
    throw new RangeError(`ignoreIndex: expected a whole number, got ${ignoreIndex}`);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`labelSmoothing: expected a number in [0, 1), got ${labelSmoothing}`);
  }
  if (!["mean", "sum", "none"].includes(reduction)) {
    throw new RangeError(`reduction: expected "mean", "sum" or "none", got "${reduction}"`);
  }
}
