import { dispose, type Tensor4D, tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type CausalLanguageModel, generateStream } from "@tx/model";
import { type CharTokenizer, causalLoss, rowsTensor } from "@tx/training";
import { type Corpus, evenPieces, knownIds } from "./corpus";
import type { RunConfig } from "./run-config";
import type { AttentionMaps, WriteOptions } from "./session-contract";
import { TURN_EVERY, turn } from "./turn";

/** Held-out pieces that are measured. */
const MEASURED = 8;

type Model = CausalLanguageModel<RunConfig>;

interface Reading {
  readonly tokenizer: CharTokenizer;
  /** Characters that the model reads at once. */
  readonly most: number;
}

/**
 * Where each character of a sentence looks; characters that the model does not know are left out.
 *
 * @throws RangeError if none is left.
 */
export async function attentionOf(
  model: Model,
  { sentence, tokenizer, most }: Reading & { readonly sentence: string },
): Promise<AttentionMaps> {
  const ids = knownIds(tokenizer, sentence).slice(0, most);
  if (ids.length === 0) throw new RangeError("sentence: expected known characters, got none");
  const input = tensor2d([ids], [1, ids.length], "int32");
  const attention: Tensor4D[] = [];
  const logits = model.forward(input, undefined, undefined, { attention });
  try {
    const maps = await Promise.all(attention.map(async (map) => (await map.array())[0]!));
    return { characters: [...tokenizer.decode(ids)], maps };
  } finally {
    dispose([input, logits, ...attention]);
  }
}

/** The loss on pieces of what is held out, always the same ones. */
export async function heldOutLoss(
  model: Model,
  heldOut: Corpus["heldOut"],
  length: number,
): Promise<number> {
  const tokens = rowsTensor(evenPieces(heldOut, { batch: MEASURED, length }));
  const loss = causalLoss((ids) => model.forward(ids), tokens);
  tokens.dispose();
  try {
    return (await loss.data())[0]!;
  } finally {
    loss.dispose();
  }
}

/** Goes on from a prompt, character by character; unknown characters of the prompt are left out. */
export async function* written(
  model: Model,
  { prompt, characters, temperature, seed, signal }: WriteOptions,
  { tokenizer, most }: Reading,
): AsyncGenerator<string, void, void> {
  const known = knownIds(tokenizer, prompt);
  const ids = generateStream(model, known.length > 0 ? known : [0], {
    ...{ maxNewTokens: characters, temperature, rng: new Rng(seed), contextLength: most },
    ...(signal && { signal }),
  });
  let turned = performance.now();
  for await (const id of ids) {
    yield tokenizer.decode([id]);
    if (performance.now() - turned > TURN_EVERY) {
      await turn();
      turned = performance.now();
    }
  }
}
