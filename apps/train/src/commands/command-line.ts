import type { ExportFormat } from "../exporting/read-me";
import type { Given } from "./settings";

/** How a command shows itself. */
export type Mode = "people" | "json" | "quiet";

export interface TrainLine {
  readonly command: "train";
  readonly given: Given;
  readonly mode: Mode;
  readonly out?: string;
  readonly resume?: string;
  readonly config?: string;
}

export interface GenerateLine {
  readonly command: "generate";
  readonly run: string;
  /** Null takes that of the run. */
  readonly prompt: string | null;
  readonly given: Given;
}

export interface EvaluateLine {
  readonly command: "evaluate";
  readonly run: string;
  readonly mode: Mode;
  readonly given: Given;
  /** Lengths to measure at; the run's own if there are none. */
  readonly lengths: readonly number[];
}

export interface CompareLine {
  readonly command: "compare";
  readonly runs: readonly string[];
  readonly out: string;
}

export interface ExportLine {
  readonly command: "export";
  readonly run: string;
  /** Null is the one that most programs read. */
  readonly format: ExportFormat | null;
  readonly out: string;
}

export interface AblateLine {
  readonly command: "ablate";
  /** As typed: a list with commas is one of values to compare. */
  readonly typed: Readonly<Record<string, string>>;
  readonly seeds: number;
  readonly lengths: readonly number[];
  readonly jobs: number;
  readonly out: string;
  readonly config?: string;
  readonly mode: Mode;
}

/** A cell of an ablation, in a process of its own. */
interface CellLine {
  readonly command: "cell";
  readonly folder: string;
}

/** What the command line asks for. */
export type CommandLine =
  | TrainLine
  | GenerateLine
  | EvaluateLine
  | CompareLine
  | ExportLine
  | AblateLine
  | CellLine
  | { readonly command: "list" };
