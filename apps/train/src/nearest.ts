import { distance } from "fastest-levenshtein";

/** The names that a wrong one is likely meant for: the fewest letters apart, or with it inside. */
export function nearest(wrong: string, names: readonly string[]): string[] {
  const typed = wrong.toLowerCase();
  const ranked = names
    .map((name) => ({ name, far: distance(typed, name.toLowerCase()) }))
    .filter(
      ({ name, far }) =>
        far <= Math.ceil(typed.length * 0.4) ||
        (typed.length >= 3 && name.toLowerCase().includes(typed)),
    )
    .sort((a, b) => a.far - b.far);
  const least = ranked[0]?.far ?? 0;
  return ranked
    .filter(({ name, far }) => far === least || name.toLowerCase().includes(typed))
    .map(({ name }) => name)
    .slice(0, 3);
}

/** ` (did you mean rope or xpos?)`, or nothing. */
export function didYouMean(wrong: unknown, names: readonly string[]): string {
  const found = typeof wrong === "string" ? nearest(wrong, names) : [];
  return found.length === 0 ? "" : ` (did you mean ${found.join(" or ")}?)`;
}
