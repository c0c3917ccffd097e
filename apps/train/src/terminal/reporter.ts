import type { Config } from "../config/config";
import type { Evaluation } from "../tasks/task";
import type { StepReport } from "./progress";

/** What is known when a training begins. */
export interface StartFacts {
  readonly config: Config;
  /** What there is to say of the data, by label. */
  readonly data: readonly (readonly [label: string, value: string])[];
  readonly unit: string;
  readonly parameters: number;
  readonly backend: { readonly name: string; readonly device: string };
  /** Tokens of a step, in words. */
  readonly folder: string;
  /** The run that it goes on from, and its step. */
  readonly from: { readonly folder: string; readonly step: number } | null;
  /** Why the steps to come may differ from those of a run that was not interrupted. */
  readonly notes: readonly string[];
}

/** What was done when a training ends. */
interface EndFacts {
  readonly step: number;
  readonly steps: number;
  readonly seconds: number;
  readonly stopped: boolean;
}

interface FinalFacts extends Evaluation {
  readonly step: number;
  readonly unit: string;
  readonly yardstick:
    | { readonly name: string; readonly loss: number; readonly note: string }
    | undefined;
}

/** Where a training shows itself: to people, to scripts, or hardly at all. */
export interface Reporter {
  start(facts: StartFacts): void;
  step(report: StepReport): void;
  evaluation(found: Evaluation & { readonly step: number }): void;
  /** The user wants to stop. */
  stopping(): void;
  /** The steps are done; the terminal is left as it was found. */
  trained(facts: EndFacts): void;
  final(facts: FinalFacts): void;
  /** A piece of the last sample; null at its end. */
  sample(piece: string | null): void;
  end(facts: { readonly folder: string; readonly step: number; readonly config: Config }): void;
  /** Leaves the terminal as it was found, whatever happened. */
  release(): void;
}
