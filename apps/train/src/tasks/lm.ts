import { createHash } from "node:crypto";
import type { Rng } from "@tx/core";
import { causalLoss, type IntRows } from "@tx/training";
import type { Config } from "../config/config";
import { decoderModel } from "../parts/build-model";
import { grouped } from "../terminal/format";
import type { Vocabulary } from "../tokens/vocabulary";
import { UserError } from "../user-error";
import { bigramLoss } from "./bigram";
import { meanLoss } from "./mean-loss";
import type { Task } from "./task";
import { shortPath, type Text } from "./text";
import { drawBatch, evenWindows, splitAt } from "./windows";
import { withExperts } from "./with-experts";
import { writeText } from "./write-text";

/** Most windows that are measured at once. */
const AT_ONCE = 16;

/**
 * Causal language modelling on a text, whose last tenth is held out.
 *
 * @throws UserError if the text has tokens that the vocabulary does not know, or is too short.
 */
export function languageModelling(
  config: Config,
  text: Text,
  vocabulary: Vocabulary,
  { measureAll = false }: { measureAll?: boolean } = {},
): Task {
  const { length, batch } = config;
  const name = config.text === null ? text.name : shortPath(text.name);
  const ids = vocabulary.encode(text.content, `text: ${name}`);
  const split = measureAll ? 0 : splitAt(ids.length);
  const [training, heldOut] = [ids.subarray(0, split), ids.subarray(split)];
  const { unit, vocabSize } = vocabulary;
  if (heldOut.length < length + 1) {
    throw new UserError(
      `text: expected at least length + 1 = ${length + 1} ${unit}s${measureAll ? "" : " in the last tenth"}, got ${heldOut.length} in ${name}`,
    );
  }
  const windowsOf = (tokens: number, at = length) => {
    if (heldOut.length < at + 1) {
      throw new UserError(
        `length: expected at most ${heldOut.length - 1}, what is held out, got ${at}`,
      );
    }
    return evenWindows(heldOut, at, tokens);
  };
  return {
    ...{ unit, vocabSize, maxLen: length, tokensPerStep: batch * length },
    facts: [
      ["text", `${name}: ${grouped(ids.length)} ${unit}s, ${grouped(vocabSize)} different`],
      ["held out", `${measureAll ? "all" : "the last"} ${grouped(heldOut.length)} ${unit}s`],
    ],
    fingerprint: createHash("sha256").update(text.content).digest("hex"),
    saved: vocabulary.toJSON(),
    draw: (rng: Rng) => [
      { values: drawBatch(training, config, rng), shape: [batch, length + 1] as const },
    ],
    loss: (model, tokens) =>
      withExperts(model, (logits) =>
        causalLoss(
          (inputs) =>
            logits((inspect) => decoderModel(model).forward(inputs, undefined, undefined, inspect)),
          tokens!,
        ),
      ),
    evaluate: (model, { tokens, length: at, stopped }) =>
      meanLoss(
        // Where a step's batch has to be small, measuring must not need more memory than it.
        batchesOf(windowsOf(tokens, at), Math.min(AT_ONCE, 2 * batch)),
        (all) => causalLoss((inputs) => decoderModel(model).forward(inputs), all!),
        stopped,
      ),
    yardstick: (tokens) => ({
      name: "bigram loss",
      loss: bigramLoss(training, windowsOf(tokens), vocabSize),
      note: "(pairs counted, plus one)",
    }),
    ...writer(config, vocabulary, ids),
    example: (tokens) => {
      const shown = heldOut.slice(0, Math.min(tokens, length));
      return { ids: shown, labels: Array.from(shown, (id) => vocabulary.decode([id])) };
    },
  };
}

/** What is left of the task where the text is gone: to write. */
export function writing(config: Config, vocabulary: Vocabulary): Task {
  const nothing = () => {
    throw new UserError(`text: expected a file that can be read, got ${config.text}`);
  };
  const { unit, vocabSize } = vocabulary;
  return {
    ...{ unit, vocabSize, maxLen: config.length, tokensPerStep: config.batch * config.length },
    ...{ facts: [], fingerprint: "", saved: vocabulary.toJSON() },
    ...{ draw: nothing, loss: nothing, evaluate: nothing, example: nothing },
    ...writer(config, vocabulary, Int32Array.of(0)),
  };
}

/** @param ids Text whose first token begins what is written, where there is no new line to do so. */
function writer(
  { length }: Config,
  vocabulary: Vocabulary,
  ids: Int32Array,
): Pick<Task, "checkPrompt" | "sample"> {
  return {
    checkPrompt: (prompt) => {
      vocabulary.encode(prompt, "prompt");
    },
    async *sample(model, prompt, options) {
      const asked = vocabulary.encode(prompt, "prompt");
      const first = asked.length > 0 ? asked : startOf(vocabulary, ids);
      const contextLength = Math.min(length, model.maxLen);
      yield prompt;
      yield* writeText(model, vocabulary, first, { ...options, contextLength });
    },
  };
}

function* batchesOf(windows: readonly Int32Array[], atOnce: number) {
  for (let at = 0; at < windows.length; at += atOnce) {
    const some = windows.slice(at, at + atOnce);
    const width = some[0]!.length;
    const values = Int32Array.from(some.flatMap((window) => [...window]));
    const rows: IntRows = { values, shape: [some.length, width] };
    yield { rows: [rows], tokens: some.length * (width - 1) };
  }
}

/** A new line, as at the start of a paragraph; the text's first token where there is none. */
function startOf(vocabulary: Vocabulary, ids: Int32Array): Int32Array {
  try {
    const line = vocabulary.encode("\n", "prompt");
    return line.length > 0 ? line : ids.slice(0, 1);
  } catch {
    return ids.slice(0, 1);
  }
}
