/**
 * What came of one check: "refused" where the strategy said clearly that it cannot, "not claimed"
 * where it does not say that it can. Only "failed" breaks the contract.
 */
export type CheckStatus = "passed" | "failed" | "refused" | "not claimed";

export interface CheckResult {
  /** Which property was looked at. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was seen, in a sentence: the largest difference, the refusal, the first failure. */
  readonly detail: string;
}

export interface ConformanceReport {
  /** The strategy's kind. */
  readonly kind: string;
  readonly results: readonly CheckResult[];
  /** Those of the results that failed: none if the strategy keeps the contract. */
  readonly failures: readonly CheckResult[];
}

/** The report as lines of text, one a check. */
export function reportToText({ kind, results, failures }: ConformanceReport): string {
  const width = (texts: string[]) => Math.max(...texts.map((text) => text.length));
  const [names, statuses] = [results.map((r) => r.name), results.map((r) => r.status)];
  const lines = results.map(({ name, status, detail }) =>
    `${status.padEnd(width(statuses))}  ${name.padEnd(width(names))}  ${detail}`.trimEnd(),
  );
  const verdict =
    failures.length === 0
      ? "keeps the contract"
      : `${failures.length} of ${results.length} checks failed`;
  return [`${kind}: ${verdict}`, ...lines].join("\n");
}
