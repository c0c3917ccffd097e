import { checkCount } from "@tx/core";
import { largest } from "./largest";

export interface BeamSearchOptions {
  /** Texts that are kept at every step, and found in the end. */
  beams: number;
  /** Tokens of a text, at most. */
  maxNewTokens: number;
  /** Ends a text, which keeps it. Default: none, so that every text has maxNewTokens. */
  endToken?: number | undefined;
  /** alpha, from 0: how far longer texts are favoured; 0 ranks by probability. Default 0.6. */
  lengthPenalty?: number | undefined;
}

/** A text that beam search found. */
export interface BeamText {
  /** Its new tokens, the endToken included. */
  ids: number[];
  /** Natural logarithm of its probability. */
  logProbability: number;
  /** logProbability / ((5 + tokens) / 6)^alpha. */
  score: number;
  /** Whether it ended with the endToken; others were cut off at maxNewTokens. */
  ended: boolean;
}

/** What beam search asks for: the texts that go on, and where each comes from. */
export interface BeamStep {
  /** The new tokens of each. */
  texts: readonly (readonly number[])[];
  /** For each, which of the texts of the step before it goes on from: the order of caches. */
  parents: readonly number[];
}

/** A text that goes on. */
interface Beam {
  readonly ids: readonly number[];
  readonly logProbability: number;
  readonly parent: number;
}

/**
 * The texts of the best scores, as far as a search that keeps a few at every step finds them.
 *
 * At every step each text goes on with every token, and the likeliest 2 · beams of all are looked at:
 * those among the first beams of them that end are found, and the first beams that do not end go on.
 * It is over when no text that goes on can get a better score than those found.
 *
 * @param next Logarithms of probabilities of the next token after each text, one array of all tokens
 *   a text. The first step has one text, without tokens.
 * @returns The texts, at most beams, that ended, by score; where too few did, texts that were cut off
 *   follow, by score.
 * @throws RangeError if an option is out of range or next gives NaN or another number of rows.
 * @see Wu et al. 2016, Google's Neural Machine Translation System, §7, eq. 14,
 *   https://arxiv.org/abs/1609.08144 (without the coverage penalty)
 */
export async function beamSearch(
  next: (step: BeamStep) => readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>,
  options: BeamSearchOptions,
): Promise<BeamText[]> {
  checkBeamOptions(options);
  const { beams, maxNewTokens, endToken, lengthPenalty = 0.6 } = options;
  const scoreOf = (logProbability: number, tokens: number) =>
    logProbability / ((5 + tokens) / 6) ** lengthPenalty;
  let going: Beam[] = [{ ids: [], logProbability: 0, parent: 0 }];
  let found: BeamText[] = [];
  for (let made = 1; made <= maxNewTokens && going.length > 0; made++) {
    const texts = going.map(({ ids }) => ids);
    const rows = await next({ texts, parents: going.map(({ parent }) => parent) });
    const likeliest = extended(going, rows, 2 * beams);
    const ending = (beam: Beam) => beam.ids.at(-1) === endToken;
    found.push(...likeliest.slice(0, beams).filter(ending).map(textOf(true)));
    found = byScore(found).slice(0, beams);
    going = likeliest.filter((beam) => !ending(beam)).slice(0, beams);
    // A probability only falls, and the longest text has the mildest penalty.
    const hope = scoreOf(going[0]?.logProbability ?? -Infinity, maxNewTokens);
    if (found.length === beams && found.at(-1)!.score >= hope) break;
  }
  return [...found, ...byScore(going.map(textOf(false)))].slice(0, beams);

  function textOf(ended: boolean) {
    return ({ ids, logProbability }: Beam): BeamText => {
      return { ids: [...ids], logProbability, score: scoreOf(logProbability, ids.length), ended };
    };
  }
}

/** @throws RangeError if an option is out of range. */
export function checkBeamOptions(options: BeamSearchOptions): void {
  const { beams, maxNewTokens, endToken, lengthPenalty = 0.6 } = options;
  checkCount("beams", beams);
  checkCount("maxNewTokens", maxNewTokens, 0);
  if (endToken !== undefined) checkCount("endToken", endToken, 0);
  if (!(lengthPenalty >= 0 && Number.isFinite(lengthPenalty))) {
    throw new RangeError(`lengthPenalty: expected a number from 0, got ${lengthPenalty}`);
  }
}

/** The likeliest ways to go on by one token, of equals those of earlier texts and lower ids first. */
function extended(
  going: readonly Beam[],
  rows: readonly ArrayLike<number>[],
  count: number,
): Beam[] {
  if (rows.length !== going.length) {
    throw new RangeError(`next: expected ${going.length} rows, got ${rows.length}`);
  }
  return going
    .flatMap(({ ids, logProbability }, parent) => {
      const row = rows[parent]!;
      checkNumbers(row);
      return largest(row, count)
        .filter((id) => row[id]! > -Infinity)
        .map((id) => ({ ids, id, logProbability: logProbability + row[id]!, parent }));
    })
    .sort((a, b) => b.logProbability - a.logProbability)
    .slice(0, count)
    .map(({ ids, id, logProbability, parent }) => ({ ids: [...ids, id], logProbability, parent }));
}

function checkNumbers(row: ArrayLike<number>): void {
  for (let id = 0; id < row.length; id++) {
    if (Number.isNaN(row[id]!)) throw new RangeError("next: expected numbers, got NaN");
  }
}

const byScore = (texts: readonly BeamText[]) => [...texts].sort((a, b) => b.score - a.score);
