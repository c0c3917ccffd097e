import type { Json } from "@tx/training";
import type { Config } from "../config/config";
import { vocabularyFrom, vocabularyOf } from "../tokens/vocabularies";
import { languageModelling } from "./lm";
import { probe } from "./probes";
import type { Task } from "./task";
import { loadText } from "./text";
import { translation } from "./translate";

/** What a saved run knows of its task. */
export interface SavedTask {
  readonly name: string;
  readonly saved: Json;
}

/**
 * The task of a config, with the vocabulary of a saved run where there is one.
 *
 * @throws UserError in one line for whatever does not fit.
 */
export async function loadTask(config: Config, earlier: SavedTask | null = null): Promise<Task> {
  const vocabulary =
    earlier === null || earlier.saved === null
      ? null
      : await vocabularyFrom(earlier.saved, earlier.name);
  if (config.task === "translate") return translation(config, vocabulary);
  if (config.task !== "lm") return probe(config);
  const text = await loadText(config.text);
  const choice = { tokenizer: config.tokenizer ?? "character", words: config.words };
  return languageModelling(config, text, vocabulary ?? (await vocabularyOf(text.content, choice)));
}
