import { createHash } from "node:crypto";
import { dirname, relative, resolve } from "node:path";
import { CharTokenizer } from "@tx/training";
import { type Config, type ConfigSource, feedForwardWidth, resolveConfig } from "./config";
import { type CommandLine, flagOf } from "./options";
import { type ClaimedFolder, claimFolder, defaultFolder } from "./output-folder";
import { loadRun, readConfig, type SavedRun } from "./run-folder";
import { loadText } from "./text";
import { messageOf, UserError } from "./user-error";
import { splitAt } from "./windows";

/** All that is known before anything heavy starts, checked. */
export interface Plan {
  readonly config: Config;
  readonly textName: string;
  readonly text: { readonly characters: number; readonly sha256: string };
  readonly vocabulary: CharTokenizer;
  /** Ids of the first nine tenths. */
  readonly training: Int32Array;
  /** Ids of the last tenth. */
  readonly heldOut: Int32Array;
  /** What the sample goes on from, at least one id. */
  readonly prompt: Int32Array;
  readonly saved: SavedRun | null;
  /** The folder of {@link Plan.saved}. */
  readonly savedIn: string | null;
  /** Where the run is saved. */
  readonly folder: ClaimedFolder;
}

/**
 * Reads everything that the command line names and checks it.
 *
 * @throws UserError in one line for whatever does not fit; no folder is left behind.
 */
export async function prepare(line: CommandLine): Promise<Plan> {
  if (line.resume !== undefined && line.config !== undefined) {
    throw new UserError("config: expected --resume or --config, got both");
  }
  const saved = line.resume === undefined ? null : await loadRun(line.resume);
  const config = await configOf(line, saved);
  if (saved) checkResumable(config, saved);
  const text = await loadText(config.text);
  const textName = config.text === null ? text.name : shortPath(text.name);
  const vocabulary = saved?.vocabulary ?? CharTokenizer.of(text.content);
  const ids = encode(vocabulary, text.content, `text: ${textName}`);
  const split = splitAt(ids.length);
  if (ids.length - split < config.length + 1) {
    throw new UserError(
      `text: expected at least length + 1 = ${config.length + 1} characters in the last tenth, got ${ids.length - split} in ${textName}`,
    );
  }
  const prompt = encode(vocabulary, config.prompt, "prompt");
  return {
    config,
    textName,
    text: {
      characters: ids.length,
      sha256: createHash("sha256").update(text.content).digest("hex"),
    },
    vocabulary,
    training: ids.subarray(0, split),
    heldOut: ids.subarray(split),
    prompt: prompt.length > 0 ? prompt : startOf(vocabulary, ids),
    saved,
    savedIn: line.resume ?? null,
    folder: folderOf(line),
  };
}

async function configOf(line: CommandLine, saved: SavedRun | null): Promise<Config> {
  const sources: ConfigSource[] = [];
  if (saved) sources.push({ values: saved.config, nameOf: (key) => key });
  if (line.config !== undefined) {
    sources.push(withText(await readConfig(line.config), dirname(line.config)));
  }
  sources.push(withText({ values: line.given, nameOf: flagOf }, "."));
  return resolveConfig(...sources);
}

/** The text's path made absolute, so that the saved config is good in every folder. */
function withText(source: ConfigSource, folder: string): ConfigSource {
  const { text } = source.values;
  if (typeof text !== "string" || text === "") return source;
  return { ...source, values: { ...source.values, text: resolve(folder, text) } };
}

/** What the weights and the streams depend on. */
const fixed = ["layers", "heads", "dModel", "dFF", "dropout", "positional", "seed"] as const;

/** @throws UserError if the settings ask for another model than the saved one. */
function checkResumable(config: Config, saved: SavedRun): void {
  const { maxLen } = saved.state;
  const now = { ...config, dFF: feedForwardWidth(config) };
  const before = { ...saved.config, dFF: feedForwardWidth(saved.config) };
  for (const key of fixed) {
    if (now[key] !== before[key]) {
      throw new UserError(
        `${flagOf(key)}: expected ${before[key]}, as in the saved run, got ${now[key]}`,
      );
    }
  }
  if (maxLen !== null && config.length > maxLen) {
    throw new UserError(
      `--length: expected at most ${maxLen}, the saved model's maxLen, got ${config.length}`,
    );
  }
}

/** A new line, as at the start of a paragraph; the text's first character where there is none. */
function startOf(vocabulary: CharTokenizer, ids: Int32Array): Int32Array {
  return vocabulary.has("\n") ? vocabulary.encode("\n", "prompt") : ids.slice(0, 1);
}

/** @throws UserError that names the characters which are not in the vocabulary. */
function encode(vocabulary: CharTokenizer, text: string, name: string): Int32Array {
  try {
    return vocabulary.encode(text, name);
  } catch (error) {
    throw new UserError(messageOf(error));
  }
}

function folderOf({ out, resume }: CommandLine): ClaimedFolder {
  if (resume !== undefined && (out === undefined || resolve(out) === resolve(resume))) {
    return claimFolder(resume, "saved");
  }
  return claimFolder(out ?? defaultFolder());
}

/** The shorter of the path from here and the whole path. */
function shortPath(path: string): string {
  const fromHere = relative(".", path);
  return fromHere !== "" && fromHere.length < path.length ? fromHere : path;
}
