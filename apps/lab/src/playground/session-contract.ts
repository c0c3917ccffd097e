import type { RunConfig } from "./run-config";
import type { LossPoint } from "./saved-session";

/** What training tells as it goes. */
export type Told =
  | {
      readonly kind: "steps";
      readonly losses: readonly LossPoint[];
      /** The rate of the last of them. */
      readonly rate: number;
      readonly charactersPerSecond: number;
    }
  | { readonly kind: "evaluation"; readonly point: LossPoint }
  | { readonly kind: "sample"; readonly step: number; readonly text: string };

export interface TrainOptions {
  readonly text: string;
  /** Steps between measurements on what is held out and samples. Default 50. */
  readonly every?: number;
  /** Characters of a sample. Default 120. */
  readonly sample?: number;
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  readonly prompt: string;
  readonly characters: number;
  readonly temperature: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Where each character of a sentence looks. */
export interface AttentionMaps {
  readonly characters: readonly string[];
  /** [layers][heads][queries][keys], each row adding up to 1. */
  readonly maps: readonly (readonly (readonly (readonly number[])[])[])[];
}

/** What may change in a run that goes on. */
export type Change = Partial<Pick<RunConfig, "positional" | "schedule" | "rate" | "steps">>;
