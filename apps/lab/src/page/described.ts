import type { Experiment } from "../experiment/experiment";
import type { Entry } from "../positions/catalogue";

/** An experiment without what computes, which stays in the worker. */
export interface DescribedExperiment extends Omit<Experiment, "run" | "plots"> {
  /** The code with colours, as HTML. */
  readonly codeHtml: string;
}

/** A positional strategy without what makes it. */
export type DescribedStrategy = Omit<Entry, "make">;
