import type { GoldenCase } from "../golden-case";

/** Whether a part of a case has every name. */
export function holds(
  golden: GoldenCase,
  part: "config" | "inputs" | "weights" | "outputs",
  ...names: readonly string[]
): boolean {
  return names.every((name) => Object.hasOwn(golden[part], name));
}

/** Whether the weights of a case are these, each there, and none besides but the optional. */
export function weightsAre(
  golden: GoldenCase,
  names: readonly string[],
  optional: readonly string[] = [],
): boolean {
  return (
    holds(golden, "weights", ...names) &&
    Object.keys(golden.weights).every((name) => names.includes(name) || optional.includes(name))
  );
}

/** Whether the inputs of a case are these, each there, and none besides but the optional. */
export function inputsAre(
  golden: GoldenCase,
  names: readonly string[],
  optional: readonly string[] = [],
): boolean {
  return (
    holds(golden, "inputs", ...names) &&
    Object.keys(golden.inputs).every((name) => names.includes(name) || optional.includes(name))
  );
}

/** Size of an axis, counted from the end if negative. */
export function axis({ shape }: { shape: readonly number[] }, index: number): number {
  return shape.at(index) ?? Number.NaN;
}

/**
 * Whether the name or the source of a case speaks for a kind. Needed where structure alone would
 * take in strangers: attention with ALiBi, say, holds nothing that plain attention does not.
 */
export function hinted({ name, source }: GoldenCase, names: RegExp, sources: RegExp): boolean {
  return names.test(name) || sources.test(source);
}
