import type { NormName, ResidualPolicy } from "@tx/model";
import { type Text, text } from "../experiment/experiment";
import type { ChainCurve } from "../measures/chain-lesson";
import { ending } from "../measures/curves";

/** A training of a sort of norm. */
interface NormRun extends ChainCurve {
  /** In eval, by length: nats a token above the best possible. */
  readonly byLength: readonly number[];
  /** Largest change of an earlier place's logits by the last token: while training, in eval. */
  readonly leak: readonly [number, number];
}

/** A sort of norm, trained with one batch size. */
export interface NormRuns {
  readonly norm: NormName;
  readonly batch: number;
  readonly runs: readonly NormRun[];
}

/** A place of the norm, trained with or without warmup. */
export interface PolicyRuns {
  readonly policy: ResidualPolicy;
  readonly warm: boolean;
  readonly runs: readonly ChainCurve[];
}

export interface NormsMeasured {
  readonly normRuns: readonly NormRuns[];
  readonly policyRuns: readonly PolicyRuns[];
  readonly lengths: readonly number[];
  readonly trained: number;
}

export const normLabels: Readonly<Partial<Record<NormName, Text>>> = {
  layer: text("LayerNorm", "LayerNorm"),
  rms: text("RMSNorm", "RMSNorm"),
  batch: text("BatchNorm", "BatchNorm"),
};

export const policyLabels: Readonly<Partial<Record<ResidualPolicy, Text>>> = {
  postNorm: text("post-norm", "post-norm"),
  preNorm: text("pre-norm", "pre-norm"),
  sandwichNorm: text("sandwich", "sandwich"),
  deepNorm: text("DeepNorm", "DeepNorm"),
  reZero: text("ReZero", "ReZero"),
};

/** The excess of each run at the end of its training. */
export const endsOf = ({ runs }: PolicyRuns): number[] => runs.map(({ excess }) => ending(excess));
