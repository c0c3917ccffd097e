import { Rng } from "@tx/core";
import { beyondContextOf, checkFits } from "./beyond-context";
import { checkTextOptions, type TextOptions } from "./generate-options";
import { GrowingText } from "./growing-text";
import { LengthGroups } from "./length-groups";
import { MemoryReader } from "./memory-reader";
import { checkIds, type NextTokenModel } from "./next-token-model";
import { TextReader } from "./text-reader";

/** As {@link TextOptions}, from a source of choices. */
export interface StreamOptions extends TextOptions {
  /** Source of the choices. */
  rng: Rng;
}

export interface GenerateOptions extends StreamOptions {
  /** Called with each new token as it is chosen, and the row of its prompt in a batch. */
  onToken?: ((id: number, row: number) => void) | undefined;
}

/** A new token of one text of a batch. */
export interface BatchToken {
  /** Which prompt it goes on from. */
  row: number;
  id: number;
}

/**
 * Goes on from a prompt, one token at a time, until maxNewTokens, the endToken or a stop sequence.
 * What is done once the text is longer than the context, beyondContext says.
 *
 * Choices are made on the host, so that they are the same for a seed on every backend.
 *
 * @param prompt Token ids, at least one.
 * @returns The new ids.
 * @throws RangeError if the prompt is empty or has a token that the model does not know, or an
 *   option is out of range; the signal's reason once it is aborted.
 */
export async function generate(
  model: NextTokenModel,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<number[]> {
  const ids: number[] = [];
  for await (const id of generateStream(model, prompt, options)) {
    ids.push(id);
    options.onToken?.(id, 0);
  }
  return ids;
}

/**
 * The new ids of {@link generate} as they are chosen. The next is computed once it is asked for, and
 * to leave the loop frees everything.
 *
 * @throws As generate; options and prompt are checked at once.
 */
export function generateStream(
  model: NextTokenModel,
  prompt: readonly number[],
  options: StreamOptions,
): AsyncGenerator<number, void, undefined> {
  checkTextOptions(model, options);
  checkIds(model, "prompt", prompt);
  checkFits(model, "prompt", prompt, options);
  return idsOf(grown(model, [new GrowingText(0, prompt, options.rng, options)], options));
}

/**
 * Goes on from several prompts at once, which may have different lengths. Each text is as
 * {@link generate} makes it alone from the source `new Rng(seed)`, whose seed is the rng's next:
 * one a prompt, in their order. Texts that have ended are computed no more.
 *
 * @param prompts Token ids, at least one each.
 * @returns The new ids of each.
 * @throws As generate; RangeError too where lengths differ and the model's positions take no explicit
 *   ones, but for beyondContext "memory", which reads the prompts of each length by themselves.
 */
export async function generateBatch(
  model: NextTokenModel,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<number[][]> {
  const texts: number[][] = prompts.map(() => []);
  for await (const { row, id } of generateBatchStream(model, prompts, options)) {
    texts[row]!.push(id);
    options.onToken?.(id, row);
  }
  return texts;
}

/**
 * The new ids of {@link generateBatch} as they are chosen: one of each text that has not ended, in
 * the order of the prompts, then the next of each.
 *
 * @throws As generateBatch; options and prompts are checked at once.
 */
export function generateBatchStream(
  model: NextTokenModel,
  prompts: readonly (readonly number[])[],
  options: StreamOptions,
): AsyncGenerator<BatchToken, void, undefined> {
  checkTextOptions(model, options);
  if (prompts.length === 0) throw new RangeError("prompts: expected at least one, got none");
  prompts.forEach((prompt, row) => {
    checkIds(model, `prompts[${row}]`, prompt);
    checkFits(model, `prompts[${row}]`, prompt, options);
  });
  const texts = prompts.map(
    (prompt, row) => new GrowingText(row, prompt, new Rng(options.rng.nextSeed()), options),
  );
  return grown(model, texts, options);
}

async function* idsOf(tokens: AsyncIterable<BatchToken>): AsyncGenerator<number, void, undefined> {
  for await (const { id } of tokens) yield id;
}

/** Lets texts grow until each has ended. */
async function* grown(
  model: NextTokenModel,
  texts: readonly GrowingText[],
  { maxNewTokens, contextLength = model.maxLen, beyondContext, signal }: TextOptions,
): AsyncGenerator<BatchToken, void, undefined> {
  signal?.throwIfAborted();
  if (maxNewTokens === 0) return;
  const longest = Math.max(...texts.map(({ ids }) => ids.length)) + maxNewTokens;
  const options = { contextLength, longest };
  const reader =
    beyondContextOf(model, beyondContext) === "memory"
      ? new LengthGroups(() => new MemoryReader(model, options))
      : new TextReader(model, { batch: texts.length, ...options });
  try {
    let going = texts;
    for (let made = 0; made < maxNewTokens && going.length > 0; made++) {
      const logits = await reader.next(going.map(({ ids }) => ids));
      signal?.throwIfAborted();
      const vocabSize = logits.length / going.length;
      const ids = going.map((text, n) =>
        text.grow(logits.subarray(n * vocabSize, (n + 1) * vocabSize)),
      );
      for (const [n, id] of ids.entries()) {
        yield { row: going[n]!.row, id };
        signal?.throwIfAborted();
      }
      const rows = [...going.keys()].filter((n) => !going[n]!.ended);
      if (rows.length < going.length && rows.length > 0) reader.reorder(rows);
      going = rows.map((n) => going[n]!);
    }
  } finally {
    reader.dispose();
  }
}
