import type { Induced } from "@tx/positional";
import type { CheckResult } from "@tx/positional/conformance";
import type { Plot, Progress, Results, Values } from "../../experiment/experiment";
import type { RunConfig } from "../../playground/run-config";
import type { LossPoint } from "../../playground/saved-session";
import type { AttentionMaps, Change, Told } from "../../playground/session-contract";

/** What the reader may compute on. */
export const backendChoices = ["auto", "webgpu", "simd"] as const;
export type BackendChoice = (typeof backendChoices)[number];

/** What the worker computes on. */
export interface Device {
  readonly name: string;
  /** In a line for people. */
  readonly device: string;
  /** Whether memory may be shared with threads. */
  readonly isolated: boolean;
}

/** Results and the pictures they make. */
export interface Shown {
  readonly results: Results;
  readonly plots: readonly Plot[];
}

export interface ExperimentTold extends Omit<Progress, "partial"> {
  readonly partial?: Shown;
}

/** What a run of the playground is, for those who cannot see its model. */
export interface SessionFacts {
  readonly config: RunConfig;
  readonly steps: number;
  readonly parameters: number;
  readonly characters: number;
  readonly losses: readonly LossPoint[];
}

interface InducedRequest {
  /** Number of the strategy in the catalogue. */
  readonly entry: number;
  readonly length: number;
  readonly heads: number;
  readonly seed: number;
  /** The first position. */
  readonly start: number;
}

/** One call: what is given, what is told on the way, and what it ends in. */
interface Call<Given, Result, CallTold = never> {
  readonly given: Given;
  readonly told: CallTold;
  readonly result: Result;
}

/** All that the page asks of the worker, by name. */
export interface Calls {
  start: Call<BackendChoice, Device>;
  experiment: Call<{ id: string; values: Values; seed: number }, Shown, ExperimentTold>;
  "session.create": Call<{ text: string; config: RunConfig }, SessionFacts>;
  "session.load": Call<{ file: Blob; name: string }, SessionFacts>;
  "session.train": Call<{ text: string }, SessionFacts, Told>;
  "session.change": Call<Change, SessionFacts>;
  "session.attention": Call<string, AttentionMaps>;
  "session.write": Call<
    { prompt: string; characters: number; temperature: number; seed: number },
    void,
    string
  >;
  "session.save": Call<void, Blob>;
  induced: Call<InducedRequest, Induced>;
  conformance: Call<number, readonly CheckResult[]>;
}

export type CallName = keyof Calls;

/** What answers a call. */
export type Answer<Name extends CallName> = (
  given: Calls[Name]["given"],
  call: { readonly signal: AbortSignal; tell(told: Calls[Name]["told"]): void },
) => Promise<Calls[Name]["result"]>;

/** From the page: a call, or the stop of one. */
export type Request =
  | { readonly id: number; readonly name: CallName; readonly given: unknown }
  | { readonly id: number; readonly stop: true };

/** From the worker: what a call tells, ends in, or fails with. */
export type Reply =
  | { readonly id: number; readonly told: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly problem: string; readonly stopped: boolean };
