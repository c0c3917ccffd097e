import type { Statistics } from "../statistics";

/** One contestant's figures for one piece of work. */
export interface Row extends Statistics {
  /** Who, on what: "simd, 2 threads". */
  readonly name: string;
  /** How many measurements. */
  readonly count: number;
  readonly tokensPerSecond?: number;
  readonly gflops?: number;
  readonly peakRssBytes?: number;
}

export interface Failed {
  readonly name: string;
  readonly error: string;
}

/** Where and when something was measured. */
export interface Where {
  /** The machine in words. */
  readonly machine: string;
  readonly device: string;
  readonly node: string;
  /** ISO 8601. */
  readonly date: string;
  /** Of one core's loop, median; undefined where it was not measured. */
  readonly slowDown?: number;
}

interface Common {
  readonly where: Where;
  /** The file it was read from. */
  readonly source: string;
}

/** A training step or generation of a config's model. */
export interface ModelResult extends Common {
  readonly command: "step" | "generate";
  readonly work: string;
  readonly rows: readonly Row[];
  readonly failures: readonly Failed[];
  /** What products reach at best on our backend. */
  readonly ceilingGflops?: number;
  readonly kernelCalls?: number;
  readonly dispatches?: number;
}

export interface AttentionResult extends Common {
  readonly command: "attention";
  readonly byLength: readonly {
    readonly length: number;
    readonly rows: readonly Row[];
    readonly failures: readonly Failed[];
  }[];
}

/** Rows of names with one figure for each of some columns. */
export interface TableResult extends Common {
  readonly command: "products" | "load" | "ops" | "positional" | "start-up" | "size" | "counts";
  readonly title: string;
  readonly unit: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    readonly values: readonly (number | undefined)[];
  }[];
  readonly failures: readonly Failed[];
}

export type Result = ModelResult | AttentionResult | TableResult;
