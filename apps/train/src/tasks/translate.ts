import { createHash } from "node:crypto";
import { basename } from "node:path";
import { Rng } from "@tx/core";
import type { Config } from "../config/config";
import { grouped, some } from "../terminal/format";
import { vocabularyOf } from "../tokens/vocabularies";
import type { Vocabulary } from "../tokens/vocabulary";
import { UserError } from "../user-error";
import { drawNumber, inWords } from "./numbers";
import { type Pair, type PairSource, pairTask } from "./pairs";
import type { Task } from "./task";
import { readTextFile } from "./text";

/** Start of the held-out numbers, which are the same whatever the run's seed. */
const HELD_OUT = 20_261_127;
/** Numbers that the vocabulary and the longest sequence are made from. */
const LOOKED_AT = 20_000;

type Lines = readonly (readonly [source: string, target: string])[];

/**
 * Translation between two languages: numbers in words, of which a tenth is held out, or the parallel
 * lines of a file, whose last tenth is.
 *
 * @param vocabulary That of a saved run; null for a new one.
 * @throws UserError if the file or a language is not there, or the file has too few lines.
 */
export async function translation(
  config: Config,
  vocabulary: Vocabulary | null,
  { measureAll = false }: { measureAll?: boolean } = {},
): Promise<Task> {
  return config.pairs === null
    ? numbersTask(config, vocabulary)
    : linesTask(config, config.pairs, vocabulary, measureAll);
}

async function numbersTask(config: Config, saved: Vocabulary | null): Promise<Task> {
  const { from, to, largest } = config;
  const [source, target] = [await inWords(from, "--from"), await inWords(to, "--to")];
  const lineOf = (number: number) => [source(number), target(number)] as const;
  const rng = new Rng(HELD_OUT);
  const looked = Array.from({ length: LOOKED_AT }, () => lineOf(drawNumber(largest, false, rng)));
  const vocabulary = saved ?? (await vocabularyOfLines(looked, config));
  const pairOf = (line: readonly [string, string]) => pairIn(vocabulary, line);
  const seen = longestOf(looked.map(pairOf));
  // Rare numbers may be somewhat longer than those that were looked at.
  const longest = { source: Math.ceil(1.3 * seen.source), target: Math.ceil(1.3 * seen.target) };
  return pairTask(
    {
      ...textSide(vocabulary, longest),
      draw: (stream) => pairOf(lineOf(drawNumber(largest, false, stream))),
      heldOut(count) {
        const stream = new Rng(HELD_OUT + 1);
        return Array.from({ length: count }, () =>
          pairOf(lineOf(drawNumber(largest, true, stream))),
        );
      },
    },
    config,
    {
      facts: [
        ["task", `numbers to ${grouped(largest)} in words, ${from} to ${to}`],
        ["held out", "a tenth of the numbers from 100 on"],
        tokensFact(vocabulary),
      ],
      fingerprint: `numbers ${from} ${to} ${largest}`,
      saved: vocabulary.toJSON(),
    },
  );
}

async function linesTask(
  config: Config,
  path: string,
  saved: Vocabulary | null,
  measureAll: boolean,
): Promise<Task> {
  const content = await readTextFile(path, "pairs");
  const lines = linesOf(content, path);
  const vocabulary = saved ?? (await vocabularyOfLines(lines, config));
  const pairs = lines.map((line) => pairIn(vocabulary, line));
  const split = measureAll ? 0 : Math.floor(lines.length * 0.9);
  return pairTask(
    {
      ...textSide(vocabulary, longestOf(pairs)),
      draw: (rng) => pairs[rng.integer(split)]!,
      heldOut: (count) => pairs.slice(split, split + count),
    },
    config,
    {
      facts: [
        ["task", `translation, ${some(lines.length, "pair")} of ${basename(path)}`],
        ["held out", `the last ${some(lines.length - split, "pair")}`],
        tokensFact(vocabulary),
      ],
      fingerprint: createHash("sha256").update(content).digest("hex"),
      saved: vocabulary.toJSON(),
    },
  );
}

const tokensFact = ({ vocabSize, unit }: Vocabulary) =>
  ["tokens", `${unit}s, ${grouped(vocabSize)} different`] as const;

/** Lines with a tab between source and target. */
function linesOf(content: string, path: string): Lines {
  const lines = content.split("\n").filter((line) => line.trim() !== "");
  const found = lines.map((line, n) => {
    const [source = "", target = "", ...rest] = line.split("\t").map((side) => side.trim());
    if (source === "" || target === "" || rest.length > 0) {
      throw new UserError(
        `pairs: expected source and target with one tab between in each line, got ${JSON.stringify(line.slice(0, 40))} in line ${n + 1} of ${path}`,
      );
    }
    return [source, target] as const;
  });
  if (found.length < 10) {
    throw new UserError(`pairs: expected at least 10 lines, got ${found.length} in ${path}`);
  }
  return found;
}

const vocabularyOfLines = (lines: Lines, config: Config): Promise<Vocabulary> =>
  vocabularyOf(lines.map((line) => line.map(spaced).join("\n")).join("\n"), {
    tokenizer: config.tokenizer ?? "word",
    words: config.words,
  });

/** With a space in front, so that the first word is the same token as elsewhere. */
const spaced = (text: string) => ` ${text}`;

const pairIn = (vocabulary: Vocabulary, [source, target]: readonly [string, string]): Pair => ({
  source: vocabulary.encode(spaced(source), "source"),
  target: vocabulary.encode(spaced(target), "target"),
});

const textSide = (
  vocabulary: Vocabulary,
  longest: PairSource["longest"],
): Pick<PairSource, "unit" | "symbols" | "longest" | "read" | "write"> => ({
  ...{ unit: vocabulary.unit, symbols: vocabulary.vocabSize, longest },
  read: (text) => vocabulary.encode(spaced(text.trim()), "prompt"),
  write: (ids) => vocabulary.decode(ids).trim(),
});

const longestOf = (pairs: readonly Pair[]): PairSource["longest"] => ({
  source: Math.max(...pairs.map(({ source }) => source.length)),
  target: Math.max(...pairs.map(({ target }) => target.length)),
});
