import type { Outcome } from "./run-case";

const statuses = ["passed", "failed", "not mapped"] as const;

/** A table by package, then what failed and what is not mapped, each with why. */
export function reportOf(outcomes: readonly Outcome[]): string {
  const packages = [...new Set(outcomes.map((outcome) => outcome.package))].sort();
  const rows = packages.map((name) => {
    const own = outcomes.filter((outcome) => outcome.package === name);
    return [name, ...statuses.map((status) => String(countOf(own, status)))];
  });
  return [table([["package", ...statuses], ...rows]), list("failed"), list("not mapped")]
    .filter((part) => part !== "")
    .join("\n\n");

  function list(status: Outcome["status"]): string {
    const lines = outcomes
      .filter((outcome) => outcome.status === status)
      .flatMap(({ path, messages }) => messages.map((message) => `  ${path}: ${message}`));
    return lines.length === 0 ? "" : [`${status}:`, ...lines].join("\n");
  }
}

/** The last line of every run: `golden: N passed, N failed, N not mapped`. */
export function summaryOf(outcomes: readonly Outcome[]): string {
  return `golden: ${statuses.map((status) => `${countOf(outcomes, status)} ${status}`).join(", ")}`;
}

function countOf(outcomes: readonly Outcome[], status: Outcome["status"]): number {
  return outcomes.filter((outcome) => outcome.status === status).length;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const align = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return rows.map((row) => row.map(align).join("  ")).join("\n");
}
