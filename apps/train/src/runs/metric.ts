/** A line of metrics.jsonl. Losses are in nats a token. */
export type Metric = StepMetric | EvaluationMetric;

export interface StepMetric {
  /** Updates made, this one included. */
  readonly step: number;
  /** Before the update. */
  readonly loss: number;
  /** Global norm of all gradients before clipping. */
  readonly gradientNorm: number;
  readonly rate: number;
  readonly tokensPerSecond: number;
  /** Every `detailEvery` steps. */
  readonly weightNorm?: number;
  /** Norms of the gradients before clipping, by layer. */
  readonly gradientNorms?: Readonly<Record<string, number>>;
  /** Bytes of tensors after the step, and of the process. */
  readonly memory?: { readonly tensors: number; readonly process: number };
}

export interface EvaluationMetric {
  readonly step: number;
  readonly validationLoss: number;
  readonly tokens: number;
  readonly accuracy?: number;
  readonly exactMatch?: number;
  readonly answers?: number;
  /** What the loss is to be compared with, by name: of the last evaluation. */
  readonly yardstick?: Readonly<Record<string, number>>;
}

/** A line of samples.jsonl. */
export interface SampleLine {
  readonly step: number;
  readonly sample: string;
}

/** Fields that depend on the machine and its load, and so differ between runs that are the same. */
export const machineFields = ["tokensPerSecond", "memory"] as const;
