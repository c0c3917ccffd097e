import { BatchNorm, LayerNorm, RMSNorm, ScaleNorm } from "@tx/norm";
import type { Norm } from "./residual";

/** A norm by its name. */
export type NormName = "layer" | "rms" | "scale" | "batch";

export interface NormOptions {
  /** Width of what is normed. */
  dModel: number;
  /** Default that of the norm: 1e-6 for RMSNorm, 1e-5 for the others. */
  eps?: number | undefined;
  /** Whether LayerNorm and BatchNorm have a learned bias. Default true. */
  bias?: boolean | undefined;
}

/**
 * Makes norms of one sort.
 *
 * @param norm A name, or what makes a norm of one's own.
 * @returns Makes a norm at each call; throws as the norm does.
 * @throws RangeError if there is no norm of that name.
 */
export function normMaker(
  norm: NormName | (() => Norm),
  { dModel, eps, bias = true }: NormOptions,
): () => Norm {
  if (typeof norm === "function") return norm;
  const options = eps === undefined ? {} : { eps };
  const makers: Record<NormName, () => Norm> = {
    layer: () => new LayerNorm(dModel, { ...options, bias }),
    rms: () => new RMSNorm(dModel, options),
    scale: () => new ScaleNorm(dModel, options),
    batch: () => new BatchNorm(dModel, { ...options, bias }),
  };
  if (!Object.hasOwn(makers, norm)) {
    throw new RangeError(
      `norm: expected one of ${Object.keys(makers).join(", ")} or a function, got ${JSON.stringify(norm)}`,
    );
  }
  return makers[norm];
}
