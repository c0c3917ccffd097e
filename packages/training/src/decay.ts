import type { Variable } from "@tensorflow/tfjs-core";

/** A group of parameters with a weight decay of its own. */
export interface DecayRule {
  /**
   * Matches whole paths: a glob, in which `*` stands for anything within one part of the path and
   * `**` for any number of parts, such as "blocks.*.attention.**"; or a regular expression, which
   * matches anywhere.
   */
  match: string | RegExp;
  /** Weight decay of what matches; 0 for none. */
  weight: number;
}

export interface DecayOptions {
  weightDecay: number;
  /** Groups with a decay of their own; the first that matches a path counts. */
  decay?: readonly DecayRule[] | undefined;
  /** Which of the others decay by weightDecay. */
  decays?: ((path: string, parameter: Variable) => boolean) | undefined;
}

/** Matrices, no biases, norms or embeddings. */
const isMatrix = (path: string, { rank }: Variable): boolean =>
  rank >= 2 && !/(^|\.)table$/.test(path);

/**
 * The weight decay of each parameter, by path.
 *
 * @throws RangeError for a negative decay, or a rule that matches no parameter.
 */
export function decayByPath(
  parameters: ReadonlyMap<string, Variable>,
  { weightDecay, decay = [], decays = isMatrix }: DecayOptions,
): Map<string, number> {
  checkDecay("weightDecay", weightDecay);
  const rules = decay.map(({ match, weight }, n) => {
    checkDecay(`decay[${n}].weight`, weight);
    const matches = typeof match === "string" ? globTest(match) : regexTest(match);
    if (![...parameters.keys()].some(matches)) {
      throw new RangeError(`decay[${n}].match: expected a parameter's path, got ${match}`);
    }
    return { matches, weight };
  });
  return new Map(
    [...parameters].map(([path, parameter]) => {
      const rule = rules.find(({ matches }) => matches(path));
      return [path, rule ? rule.weight : decays(path, parameter) ? weightDecay : 0];
    }),
  );
}

function checkDecay(name: string, value: number): void {
  if (!(value >= 0)) throw new RangeError(`${name}: expected a number from 0, got ${value}`);
}

/** A copy, since a regular expression with a flag g or y remembers where it was. */
function regexTest(match: RegExp): (path: string) => boolean {
  const pattern = new RegExp(match.source, match.flags.replace(/[gy]/g, ""));
  return (path) => pattern.test(path);
}

function globTest(glob: string): (path: string) => boolean {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((piece) => {
      if (piece === "**") return ".*";
      return piece === "*" ? "[^.]*" : piece.replace(/[\\^$.+?()[\]{}|]/g, "\\$&");
    })
    .join("");
  const pattern = new RegExp(`^${source}$`);
  return (path) => pattern.test(path);
}
