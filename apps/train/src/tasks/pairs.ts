import type { Rng } from "@tx/core";
import type { IntRows } from "@tx/training";
import { type Config, modelName } from "../config/config";
import type { Model } from "../parts/build-model";
import { decoderPairs } from "./decoder-pairs";
import { encoderDecoderPairs } from "./encoder-decoder-pairs";
import { meanLoss } from "./mean-loss";
import type { Evaluation, Task } from "./task";
import { withExperts } from "./with-experts";

/** A source and what is to come out of it, in ids of the symbols. */
export interface Pair {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/** Where pairs come from, and how they are read. */
export interface PairSource {
  /** What one token is called. */
  readonly unit: string;
  /** Number of symbols; the task adds two of its own. */
  readonly symbols: number;
  /** Longest source and longest target while training. */
  readonly longest: { readonly source: number; readonly target: number };
  draw(rng: Rng): Pair;
  /** Pairs that are never trained on, the same ones at each call; of a length where that is given. */
  heldOut(count: number, length: number | undefined): readonly Pair[];
  /** @throws UserError if the text has symbols that are not known. */
  read(text: string): Int32Array;
  write(ids: Iterable<number>): string;
}

/** Most pairs that are measured at once. */
const AT_ONCE = 32;
/** Most answers that are written out to count the right ones. */
const MOST_ANSWERS = 200;
/** Sequence to sequence, with whatever shape of model the config says. */
export function pairTask(
  source: PairSource,
  config: Config,
  about: Pick<Task, "facts" | "fingerprint" | "saved">,
): Task {
  const marks = { start: source.symbols, end: source.symbols + 1 };
  const layoutOf = modelName(config) === "decoder" ? decoderPairs : encoderDecoderPairs;
  const layout = layoutOf(marks);
  const { rowsOf } = layout;
  const { batch } = config;
  const { longest } = source;
  const answersOf = (model: Model, sources: readonly Int32Array[], most: number, stopped = never) =>
    layout.answers(model, sources, { maxNewTokens: most, stopped });
  const mostOf = (pairs: readonly Pair[]) =>
    Math.max(...pairs.map(({ target }) => target.length)) + 2;

  async function evaluate(
    model: Model,
    { tokens, length, stopped = never }: Parameters<Task["evaluate"]>[1],
  ): Promise<Evaluation | null> {
    const pairs = source.heldOut(countOf(source, tokens), length);
    const mean = await meanLoss(
      // Where a step's batch has to be small, measuring must not need more memory than it.
      batchesOf(pairs, rowsOf, Math.min(AT_ONCE, 2 * batch)),
      (...rows) => layout.loss((pass) => pass(undefined), model, ...rows),
      stopped,
    );
    if (mean === null) return null;
    const asked = pairs.slice(0, Math.min(MOST_ANSWERS, Math.ceil(tokens / 100)));
    const sources = asked.map((pair) => pair.source);
    const got = await answersOf(model, sources, mostOf(asked), stopped);
    if (got === null) return null;
    const right = asked.filter(({ target }, n) => got[n]!.join() === target.join()).length;
    return { ...mean, exactMatch: right / asked.length, answers: asked.length };
  }

  return {
    ...about,
    unit: source.unit,
    vocabSize: source.symbols + 2,
    maxLen: layout.maxLen(longest),
    tokensPerStep: (batch * (longest.source + longest.target + 2)) / 2,
    draw: (rng) => rowsOf(Array.from({ length: batch }, () => source.draw(rng))),
    loss: (model, ...rows) => withExperts(model, (logits) => layout.loss(logits, model, ...rows)),
    evaluate,
    checkPrompt: (prompt) => {
      if (prompt !== "") source.read(prompt);
    },
    async *sample(model, prompt, { signal }) {
      const stopped = () => signal?.aborted ?? false;
      if (prompt !== "") {
        const asked = source.read(prompt);
        const got = await answersOf(model, [asked], longest.target + 2, stopped);
        if (got) yield `${source.write(asked)} → ${source.write(got[0]!)}`;
        return;
      }
      for (const [n, pair] of source.heldOut(5, undefined).entries()) {
        const got = await answersOf(model, [pair.source], pair.target.length + 2, stopped);
        if (got === null) return;
        const [said, wanted] = [source.write(got[0]!), source.write(pair.target)];
        const verdict = said === wanted ? "right" : `wrong: ${wanted}`;
        yield `${n > 0 ? "\n" : ""}${source.write(pair.source)} → ${said} (${verdict})`;
      }
    },
    example: (tokens) => {
      const [pair] = source.heldOut(1, undefined);
      const label = (id: number) =>
        id === marks.start ? "→" : id === marks.end ? "end" : source.write([id]);
      return layout.example(pair!, tokens, label);
    },
  };
}

const never = () => false;

/** How many pairs ask for about so many tokens. */
const countOf = ({ longest }: PairSource, tokens: number) =>
  Math.max(1, Math.min(2000, Math.floor(tokens / (longest.target / 2 + 1))));

function* batchesOf(
  pairs: readonly Pair[],
  rowsOf: (pairs: readonly Pair[]) => IntRows[],
  atOnce: number,
) {
  for (let at = 0; at < pairs.length; at += atOnce) {
    const some = pairs.slice(at, at + atOnce);
    const tokens = some.reduce((sum, { target }) => sum + target.length + 1, 0);
    yield { rows: rowsOf(some), tokens };
  }
}
