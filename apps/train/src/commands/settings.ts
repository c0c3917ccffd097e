import type { Command } from "commander";
import { type Config, defaults } from "../config/config";
import { UserError } from "../user-error";

/** A setting as the command line knows it. */
export interface Setting {
  readonly key: keyof Config;
  readonly flags: string;
  readonly help: string;
  /** How its text is read. */
  readonly read: "text" | "number" | "json" | "switch";
  /** Under which heading of --help it stands. */
  readonly group: string;
  /** The config's values by the words that are typed, where it is another name of a setting. */
  readonly words?: Readonly<Record<string, string>>;
}

type Row = readonly [key: keyof Config, flags: string, help: string, read?: Setting["read"]];

const groupOf = (group: string, ...rows: readonly Row[]): Setting[] =>
  rows.map(([key, flags, help, read = "text"]) => ({ key, flags, help, read, group }));

/** Another name of `--score dot` and `--score unscaled`. */
const scale: Setting = {
  ...{ key: "score", flags: "--scale <on|off>", read: "text", group: "Blocks" },
  help: "on: --score dot, off: --score unscaled",
  words: { on: "dot", off: "unscaled" },
};

/** The settings that the command line knows, in the order of --help. */
export const settings: readonly Setting[] = [
  ...groupOf(
    "Task and data",
    ["task", "--task <name>", "lm, mlm, copy, reverse, sort or translate"],
    ["text", "--text <file>", "lm, mlm: train on this UTF-8 text [the novel Moby Dick]"],
    ["tokenizer", "--tokenizer <name>", "character, word or a tokenizer.json [text: character]"],
    ["words", "--words <n>", "most words of the word tokenizer", "number"],
    ["pairs", "--pairs <file>", "translate: lines with a tab between both sides [numbers]"],
    ["from", "--from <language>", "translate: the language of the numbers that are read"],
    ["to", "--to <language>", "translate: and of those that are written"],
    ["largest", "--largest <n>", "translate: the largest number", "number"],
    ["symbols", "--symbols <n>", "copy, reverse, sort: different symbols", "number"],
    ["length", "--length <n>", "tokens in a piece of text, symbols in a probe", "number"],
  ),
  ...groupOf(
    "Model",
    ["model", "--model <name>", "decoder, encoder-decoder or encoder [what suits the task]"],
    ["preset", "--preset <name>", "settings that belong together; others replace them"],
    ["layers", "--layers <n>", "blocks of attention and feed-forward", "number"],
    ["heads", "--heads <n>", "attention heads; --d-model is a multiple of it", "number"],
    ["dModel", "--d-model <n>", "width of the model", "number"],
    [
      "dFF",
      "--d-ff <n>",
      "width inside the feed-forward [4 × --d-model, ⅔ of it with a gate]",
      "number",
    ],
    ["dropout", "--dropout <share>", "share of activations zeroed while training", "number"],
    ["embedding", "--embedding <name>", "how large tokens are at first: small or unit"],
    ["positional", "--positional <name>", "how the order of tokens is known; mlm: rope"],
    ["positionalOptions", "--positional-options <json>", "such as '{\"base\": 500000}'", "json"],
  ),
  ...groupOf(
    "Blocks",
    ["attention", "--attention <name>", "multi-head, grouped or multi-query"],
    ["kvHeads", "--kv-heads <n>", "grouped: heads of keys and values [half of --heads]", "number"],
    ["score", "--score <name>", "how queries and keys are compared"],
    ["scoreOptions", "--score-options <json>", "such as '{\"scale\": 5}'", "json"],
    ["norm", "--norm <name>", "layer, rms, scale or batch"],
    ["residual", "--residual <name>", "what is around attention and feed-forward"],
    ["ffn", "--ffn <name>", "the feed-forward: an activation, a gate, or experts"],
    ["ffnOptions", "--ffn-options <json>", "such as '{\"experts\": 8}'", "json"],
    ["bias", "--bias <on|off>", "whether linear parts and norms have a bias", "switch"],
    ["tied", "--tied <on|off>", "whether logits come from the embedding's table", "switch"],
  ),
  scale,
  ...groupOf(
    "Training",
    ["backend", "--backend <name>", "auto, webgpu, simd, node-gpu, node, wasm, cpu, webgl"],
    ["steps", "--steps <n>", "training steps", "number"],
    ["batch", "--batch <n>", "pieces of text, or pairs, in a step", "number"],
    ["optimizer", "--optimizer <name>", "how gradients become updates"],
    ["optimizerOptions", "--optimizer-options <json>", "such as '{\"beta2\": 0.98}'", "json"],
    ["rate", "--rate <x>", "highest learning rate [what suits optimizer and task]", "number"],
    ["schedule", "--schedule <name>", "how the rate goes"],
    ["scheduleOptions", "--schedule-options <json>", "such as '{\"minimum\": 0}'", "json"],
    ["warmup", "--warmup <n>", "steps to the highest rate [--steps / 10, at most 50]", "number"],
    ["weightDecay", "--weight-decay <x>", "weight decay of the optimizer", "number"],
    ["clip", "--clip <norm>", "highest norm of the gradient", "number"],
    ["seed", "--seed <n>", "start of all randomness: same seed, same losses", "number"],
  ),
  ...groupOf(
    "Measuring",
    ["evalEvery", "--eval-every <n>", "steps between evaluations; each one saves", "number"],
    ["evalTokens", "--eval-tokens <n>", "held-out tokens of such an evaluation", "number"],
    ["finalTokens", "--final-tokens <n>", "held-out tokens of the final loss", "number"],
    ["detailEvery", "--detail-every <n>", "steps between norms by layer and memory", "number"],
  ),
  ...groupOf(
    "Samples",
    ["prompt", "--prompt <text>", "what the sample goes on from [a new line; five examples]"],
    ["sample", "--sample <n>", "tokens of the sample, 0 for none", "number"],
    ["temperature", "--temperature <x>", "0 takes the likeliest, 1 draws as trained", "number"],
    ["topK", "--top-k <n>", "sample from the n likeliest tokens [all]", "number"],
  ),
];

/** Values as they were typed: only those that were given. */
export type Given = Readonly<Partial<Record<keyof Config, unknown>>>;

/** Makes a command know all settings. */
export function addSettings(command: Command): Command {
  for (const { key, flags, help, group, words } of settings) {
    const usual = defaults[key];
    const shown = typeof usual === "boolean" ? (usual ? "on" : "off") : usual;
    const silent =
      words !== undefined || usual === null || usual === "" || typeof usual === "object";
    const option = command.createOption(flags, help + (silent ? "" : ` [${shown}]`));
    command.addOption(option.helpGroup(`${group}:`));
  }
  return command;
}

/** The settings among a command's options, with numbers and JSON read where they are some. */
export function givenOf(options: Readonly<Record<string, unknown>>): Given {
  const given: Partial<Record<keyof Config, unknown>> = {};
  for (const [setting, raw] of typedOf(options)) given[setting.key] = readAs(raw, setting);
  return given;
}

/**
 * The settings among a command's options, each with its text.
 *
 * @throws UserError if one is there under two names.
 */
export function typedOf(options: Readonly<Record<string, unknown>>): [Setting, string][] {
  const typed: [Setting, string][] = [];
  for (const setting of settings) {
    const raw = options[attributeOf(setting.flags)];
    if (typeof raw !== "string") continue;
    const other = typed.find(([{ key }]) => key === setting.key);
    if (other) {
      throw new UserError(
        `${nameOf(setting)}: expected none beside ${nameOf(other[0])}, got ${raw}`,
      );
    }
    typed.push([setting, raw]);
  }
  return typed;
}

/**
 * A text as the setting's value; the text itself, for the config's check to refuse, if it is none.
 *
 * @throws UserError if it is none of the words of another name.
 */
export function readAs(raw: string, setting: Setting): unknown {
  const { read, words } = setting;
  if (words !== undefined) {
    if (Object.hasOwn(words, raw)) return words[raw];
    const known = Object.keys(words).join(" or ");
    throw new UserError(`${nameOf(setting)}: expected ${known}, got ${JSON.stringify(raw)}`);
  }
  if (read === "number") return asNumber(raw);
  if (read === "text") return raw;
  if (read === "switch") return raw === "on" ? true : raw === "off" ? false : raw;
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

/** The name of a setting on the command line: `--d-model`. */
export function flagOf(key: string): string {
  const found = settings.find((setting) => setting.key === key);
  return found === undefined ? key : nameOf(found);
}

const nameOf = ({ flags }: Setting) => flags.split(" ")[0]!;

function asNumber(raw: string): number | string {
  const number = Number(raw);
  return raw.trim() !== "" && Number.isFinite(number) ? number : raw;
}

/** The name under which commander keeps an option: dModel for `--d-model <n>`. */
const attributeOf = (flags: string) =>
  flags
    .split(" ")[0]!
    .slice(2)
    .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
