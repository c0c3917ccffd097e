import { add, type Tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { ShapeError } from "../shapes";
import { withGradient } from "../with-gradient";
import { noClassAsNaN } from "./no-class";
import {
  type CrossEntropyAttributes,
  crossEntropyGradReference,
  crossEntropyReference,
} from "./reference";
import { zLossGradReference, zLossReference } from "./z-loss";

export interface CrossEntropyOptions {
  /** Targets with this value have no loss and no gradient. Default −100. */
  ignoreIndex?: number;
  /**
   * Share s of the wanted probability that is spread over all classes, the target's own
   * included, as torch does; in [0, 1). Default 0.
   */
  labelSmoothing?: number;
  /**
   * Adds zLoss · log² Z to each loss that counts, Z = Σ e^logit, which keeps logits from drifting
   * away from log-probabilities; PaLM trains with 1e-4. Default 0.
   */
  zLoss?: number;
  /**
   * "mean" (default) is over the targets that count; without any it is 0. "none" gives the loss of
   * each target, 0 where it is ignored.
   */
  reduction?: "mean" | "sum" | "none";
}

/**
 * Cross-entropy of softmax(logits) with the target classes, in nats, never forming a probability
 * on the way forward, so that logits of any finite size are safe.
 *
 * Targets other than ignoreIndex are to be in [0, classes). They are not read back to the host, so a
 * target that is no class throws nothing: it makes the loss NaN (with reduction "none" its own), and
 * the gradients behind that loss, so that it cannot pass for a result. Rows that are ignored have no
 * gradient, whatever their logits hold, NaN too.
 *
 * Kernel contract: `TxSoftmaxCrossEntropy` {logits, targets} {ignoreIndex, labelSmoothing,
 * reduction} → what is returned; `TxSoftmaxCrossEntropyGrad` {logits, targets, dy} {the same} →
 * shape of logits. The kernel also reduces: for "mean" it divides by the number of targets that
 * count, or 1 if none does, and dy is of the shape that is returned. What a kernel gives for a target
 * that is no class does not matter, as long as it reads and writes nothing outside its tensors:
 * `TxNoClassAsNaN` {targets} {classes, ignoreIndex, reduction} → NaN for such targets, else 0, [...];
 * a scalar where losses are reduced, NaN if there is any. It is added to the loss and to dy. The
 * z-loss is composed from stock operations beside it.
 *
 * @param logits float32 [..., classes]
 * @param targets int32 [...]
 * @returns A scalar, or [...] with reduction "none".
 * @throws ShapeError if targets does not fit; RangeError for an option out of range or another
 *   dtype.
 * @see Szegedy et al. 2016, Rethinking the Inception Architecture, §7 (label smoothing)
 * @see Chowdhery et al. 2022, PaLM, §5 (z-loss), https://arxiv.org/abs/2204.02311
 */
export function softmaxCrossEntropy<T extends Tensor>(
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): T {
  const { ignoreIndex = -100, labelSmoothing = 0, reduction = "mean", zLoss = 0 } = options;
  checkTensors(logits, targets);
  checkOptions(ignoreIndex, labelSmoothing, reduction, zLoss);
  const attributes: CrossEntropyAttributes = { ignoreIndex, labelSmoothing, reduction };
  const zAttributes = { ignoreIndex, reduction, zLoss };
  if (targets.size === 0) return withoutRows(logits, reduction === "none" ? targets.shape : []);
  return tidy(() =>
    withGradient({ logits }, () => {
      const classes = logits.shape[logits.rank - 1]!;
      const marks = runKernelOr(
        "TxNoClassAsNaN",
        { targets },
        { classes, ignoreIndex, reduction },
        () => noClassAsNaN(targets, classes, attributes),
      );
      const inputs = { logits, targets };
      const loss = runKernelOr("TxSoftmaxCrossEntropy", inputs, { ...attributes }, () =>
        crossEntropyReference(logits, targets, attributes),
      );
      const marked = add(loss, marks);
      return [
        zLoss > 0 ? add(marked, zLossReference(logits, targets, zAttributes)) : marked,
        { ...inputs, marks },
        ({ logits, targets, marks, dy }) => {
          const inputs = { logits, targets, dy: add(dy, marks) };
          const gradient = runKernelOr("TxSoftmaxCrossEntropyGrad", inputs, { ...attributes }, () =>
            crossEntropyGradReference(inputs.dy, logits, targets, attributes),
          );
          if (zLoss === 0) return gradient;
          return add(gradient, zLossGradReference(dy, logits, targets, zAttributes));
        },
      ];
    }),
  );
}

/** tfjs 4.22.0's webgpu backend cannot sum over nothing. */
function withoutRows<T extends Tensor>(logits: Tensor, shape: number[]): T {
  return withGradient({ logits }, () => [zeros(shape), {}, () => zeros(logits.shape)]);
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

function checkOptions(
  ignoreIndex: number,
  labelSmoothing: number,
  reduction: string,
  zLoss: number,
): void {
  if (!Number.isInteger(ignoreIndex)) {
    throw new RangeError(`ignoreIndex: expected a whole number, got ${ignoreIndex}`);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`labelSmoothing: expected a number in [0, 1), got ${labelSmoothing}`);
  }
  if (!(zLoss >= 0 && zLoss < Infinity)) {
    throw new RangeError(`zLoss: expected a number from 0, got ${zLoss}`);
  }
  if (!["mean", "sum", "none"].includes(reduction)) {
    throw new RangeError(`reduction: expected "mean", "sum" or "none", got "${reduction}"`);
  }
}
