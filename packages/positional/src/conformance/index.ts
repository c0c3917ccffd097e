export { type ConformanceOptions, checkPositional } from "./check-positional";
export { type CheckResult, type CheckStatus, type ConformanceReport, reportToText } from "./report";
export type { ConformanceSizes, PositionalFactory, PositionalReader } from "./subject";
