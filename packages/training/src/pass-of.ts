import { clone, dispose, type Scalar, Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import { accumulateGradients } from "./accumulate-gradients";
import { partOf, rowSpans } from "./micro-batches";
import type { TrainStepOptions } from "./train-step";
import { type ValueAndGradients, valueAndGradients } from "./value-and-gradients";

type PassOptions<Batch extends readonly unknown[]> = Pick<TrainStepOptions<Batch>, "loss"> & {
  microBatches: number | undefined;
  count: TrainStepOptions<Batch>["count"] | undefined;
};

/**
 * Loss and gradients of a batch, forward and backward: in one piece, or part by part.
 *
 * @throws What `loss` and `count` throw; else as {@link valueAndGradients}, {@link rowSpans} and
 *   {@link accumulateGradients}. Nothing is left behind then.
 */
export function passOf<Batch extends readonly unknown[]>(
  { loss, microBatches, count }: PassOptions<Batch>,
  batch: Batch,
  parameters: ReadonlyMap<string, Variable>,
): ValueAndGradients {
  if (microBatches === undefined) return valueAndGradients(() => loss(...batch), parameters);
  const spans = rowSpans(batch, microBatches);
  // Clones of scalars: whoever made one, that one stays theirs.
  const counts: (number | Scalar)[] = tidy(() =>
    spans.map((span) => {
      const counted = count ? count(...partOf(batch, span)) : span.rows;
      return counted instanceof Tensor ? clone(counted) : counted;
    }),
  );
  try {
    const parts = spans.map((span, n) => ({
      // Cut anew for each pass, so that no more than one part is held.
      loss: () => loss(...partOf(batch, span)),
      count: counts[n]!,
    }));
    return accumulateGradients(parts, parameters);
  } finally {
    dispose(counts.filter((counted) => counted instanceof Tensor));
  }
}
