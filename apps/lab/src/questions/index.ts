import type { Experiment } from "../experiment/experiment";
import { scaling } from "./scaling";

/** Every experiment, in the order of the questions. */
export const questions: readonly Experiment[] = [scaling];
