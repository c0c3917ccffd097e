import {
  customGrad,
  div,
  type GradSaveFunc,
  maximum,
  mul,
  ones,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { ShapeError } from "../shapes";
import {
  type CrossEntropyAttributes,
  crossEntropyGradReference,
  crossEntropyReference,
  keptRows,
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
 * Targets other than ignoreIndex are to be in [0, classes); like ids they are not read back.
 *
 * Kernel contract: `TxSoftmaxCrossEntropy` {logits [rows, classes], targets [rows]}
 * {ignoreIndex, labelSmoothing} → [rows]; `TxSoftmaxCrossEntropyGrad` {logits, targets, dy [rows]}
 * {ignoreIndex, labelSmoothing} → [rows, classes].
 *
 * @param logits [..., classes]
 * @param targets int32 [...]
 * @returns A scalar, or [...] with reduction "none".
 * @throws ShapeError if targets does not fit; RangeError for an option out of range.
 * @see Szegedy et al. 2016, Rethinking the Inception Architecture, §7 (label smoothing)
 */
export function softmaxCrossEntropy<T extends Tensor>(
  logits: Tensor,
  targets: Tensor,
  { ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" }: CrossEntropyOptions = {},
): T {
  checkTargets(logits, targets);
  checkOptions(labelSmoothing, reduction);
  const attributes: CrossEntropyAttributes = { ignoreIndex, labelSmoothing };
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [logits, save] = args as [Tensor, GradSaveFunc];
    save([logits, targets]);
    const flatTargets = reshape(targets, [-1]) as Tensor1D;
    const losses = forward(rowsOf(logits), flatTargets, attributes);
    return {
      value:
        reduction === "none"
          ? reshape(losses, targets.shape)
          : mul(sum(losses), weightOf(flatTargets, ignoreIndex, reduction)),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [logits, targets] = saved as [Tensor, Tensor];
          const flatTargets = reshape(targets, [-1]) as Tensor1D;
          const weight = weightOf(flatTargets, ignoreIndex, reduction);
          const dLosses: Tensor1D =
            reduction === "none"
              ? reshape(dy, [-1])
              : mul(ones([flatTargets.size]), mul(dy, weight));
          return reshape(backward(dLosses, rowsOf(logits), flatTargets, attributes), logits.shape);
        }),
    };
  })(logits) as T;
}

type Attributes = CrossEntropyAttributes & Record<string, number>;

function forward(logits: Tensor2D, targets: Tensor1D, attributes: CrossEntropyAttributes): Tensor {
  return runKernelOr("TxSoftmaxCrossEntropy", { logits, targets }, attributes as Attributes, () =>
    crossEntropyReference(logits, targets, attributes),
  );
}

function backward(
  dy: Tensor1D,
  logits: Tensor2D,
  targets: Tensor1D,
  attributes: CrossEntropyAttributes,
): Tensor {
  const inputs = { logits, targets, dy };
  return runKernelOr("TxSoftmaxCrossEntropyGrad", inputs, attributes as Attributes, () =>
    crossEntropyGradReference(dy, logits, targets, attributes),
  );
}

function weightOf(targets: Tensor1D, ignoreIndex: number, reduction: string): Tensor | number {
  if (reduction !== "mean") return 1;
  return div(1, maximum(sum(keptRows(targets, ignoreIndex)), 1));
}

function rowsOf(x: Tensor): Tensor2D {
  return reshape(x, [-1, x.shape[x.rank - 1]!]);
}

function checkTargets(logits: Tensor, targets: Tensor): void {
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
}

function checkOptions(labelSmoothing: number, reduction: string): void {
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`labelSmoothing: expected a number in [0, 1), got ${labelSmoothing}`);
  }
  if (!["mean", "sum", "none"].includes(reduction)) {
    throw new RangeError(`reduction: expected "mean", "sum" or "none", got "${reduction}"`);
  }
}
