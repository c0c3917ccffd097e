import type { Json } from "@tx/training";
import type { Config } from "../config/config";
import { vocabularyFrom, vocabularyOf } from "../tokens/vocabularies";
import { languageModelling, writing } from "./lm";
import { filling, maskedModelling } from "./mlm";
import { probe } from "./probes";
import type { Task } from "./task";
import { loadText } from "./text";
import { translation } from "./translate";

/** What a saved run knows of its task. */
export interface SavedTask {
  readonly name: string;
  readonly saved: Json;
}

export interface TaskOptions {
  /** All data are held out: nothing is trained on. */
  readonly measureAll?: boolean;
  /** A text that cannot be read is taken for an empty one: what writes needs its vocabulary only. */
  readonly dataMayBeMissing?: boolean;
}

/**
 * The task of a config, with the vocabulary of a saved run where there is one.
 *
 * @throws UserError in one line for whatever does not fit.
 */
export async function loadTask(
  config: Config,
  earlier: SavedTask | null = null,
  options: TaskOptions = {},
): Promise<Task> {
  const vocabulary =
    earlier === null || earlier.saved === null
      ? null
      : await vocabularyFrom(earlier.saved, earlier.name);
  if (config.task === "translate") return translation(config, vocabulary, options);
  if (config.task !== "lm" && config.task !== "mlm") return probe(config);
  const masked = config.task === "mlm";
  const text = await loadText(config.text).catch((error: unknown) => {
    if (options.dataMayBeMissing && vocabulary) return null;
    throw error;
  });
  if (text === null) return (masked ? filling : writing)(config, vocabulary!);
  const choice = { tokenizer: config.tokenizer ?? "character", words: config.words };
  const known = vocabulary ?? (await vocabularyOf(text.content, choice));
  return (masked ? maskedModelling : languageModelling)(config, text, known, options);
}
