import { Command, CommanderError } from "commander";
import { type Config, defaults } from "./config";
import { UserError } from "./user-error";

interface Option {
  readonly key: keyof Config;
  readonly flags: string;
  readonly help: string;
  /** The value is a number: its text is read as one. */
  readonly number: boolean;
}

const word = (key: keyof Config, flags: string, help: string): Option => ({
  ...{ key, flags, help },
  number: false,
});
const number = (key: keyof Config, flags: string, help: string): Option => ({
  ...{ key, flags, help },
  number: true,
});

/** The settings that the command line knows, in the order of --help. */
export const options: readonly Option[] = [
  word("text", "--text <file>", "train on this UTF-8 text [the novel Moby Dick]"),
  word("backend", "--backend <name>", "auto, webgpu, simd, node-gpu, node, wasm, cpu, webgl"),
  number("steps", "--steps <n>", "training steps"),
  number("batch", "--batch <n>", "pieces of text in a step"),
  number("length", "--length <n>", "characters in a piece, all that the model can look back on"),
  number("layers", "--layers <n>", "blocks of attention and feed-forward"),
  number("heads", "--heads <n>", "attention heads; --d-model is a multiple of it"),
  number("dModel", "--d-model <n>", "width of the model"),
  number("dFF", "--d-ff <n>", "width inside the feed-forward [4 × --d-model]"),
  number("dropout", "--dropout <share>", "share of activations zeroed while training"),
  word("positional", "--positional <kind>", "position encoding: learned or sinusoidal"),
  number("rate", "--rate <x>", "highest learning rate"),
  word("schedule", "--schedule <kind>", "how the rate goes: cosine or noam"),
  number("warmup", "--warmup <n>", "steps to the highest rate [--steps / 10, at most 50]"),
  number("weightDecay", "--weight-decay <x>", "weight decay of AdamW"),
  number("clip", "--clip <norm>", "highest norm of the gradient"),
  number("seed", "--seed <n>", "start of all randomness: same seed, same losses"),
  number("evalEvery", "--eval-every <n>", "steps between evaluations; each one saves the run"),
  number("evalCharacters", "--eval-chars <n>", "held-out characters of such an evaluation"),
  number("finalCharacters", "--final-chars <n>", "held-out characters of the final loss"),
  word("prompt", "--prompt <text>", "what the sample goes on from [a new line]"),
  number("sample", "--sample <n>", "characters of the sample, 0 for none"),
  number("temperature", "--temperature <x>", "of the sample: 0 takes the likeliest, 1 as trained"),
  number("topK", "--top-k <n>", "sample from the n likeliest characters [all]"),
];

/** What the command line says: settings for the config, and which folders and files to use. */
export interface CommandLine {
  /** Only the settings that were given. Numbers are numbers if they look like one. */
  readonly given: Readonly<Partial<Record<keyof Config, unknown>>>;
  readonly out?: string;
  readonly resume?: string;
  readonly config?: string;
}

/** The name of a setting on the command line: `--d-model`. */
export function flagOf(key: string): string {
  return options.find((option) => option.key === key)?.flags.split(" ")[0] ?? key;
}

/**
 * Reads the command line. Gives null when it asked for help, which is printed then.
 *
 * @throws UserError in one line for an unknown option or a missing value.
 */
export function parseCommandLine(args: readonly string[], columns = 80): CommandLine | null {
  const command = program(columns);
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    const [message = "", ...hints] = error.message.replace(/^error: /, "").split("\n");
    throw new UserError(
      [message.replace(/\.$/, ""), ...hints, "see --help"].join("; ").replaceAll("; (", " ("),
    );
  }
  const { out, resume, config, ...settings } = command.opts<Record<string, string>>();
  const given: Partial<Record<keyof Config, unknown>> = {};
  for (const { key, flags, number } of options) {
    const raw = settings[attributeOf(flags)];
    if (raw !== undefined) given[key] = number ? asNumber(raw) : raw;
  }
  return {
    given,
    ...(out !== undefined && { out }),
    ...(resume !== undefined && { resume }),
    ...(config !== undefined && { config }),
  };
}

/** A number if the text is one; the text itself otherwise, for the config's check to refuse. */
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

function program(columns: number): Command {
  const command = new Command("tx-train")
    .description(
      "Trains a small Transformer to write the next character of a text, measures it on the last " +
        "tenth of the text, which it never trains on, and saves the run.",
    )
    .helpOption("-h, --help", "show this")
    .configureHelp({
      helpWidth: Math.min(columns, 100),
      styleTitle: (title) =>
        title === "Options:" ? "Options [what they are if not given]:" : title,
    })
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  for (const { key, flags, help } of options) {
    const usual = defaults[key];
    const shown = usual === null || usual === "" ? "" : ` [${usual}]`;
    command.option(flags, help + shown);
  }
  return command
    .option("--out <dir>", "folder of the run, new or empty [runs/<date and time>]")
    .option("--resume <dir>", "go on with a saved run; options given beside it replace saved ones")
    .option("--config <file>", "take the settings of a saved config.json; options replace them")
    .addHelpText(
      "after",
      `
Ctrl-C finishes the step, saves the run and says how to go on; a second one
quits at once.

Examples:
  npm start
  npm start -- --text my-book.txt --steps 2000
  npm start -- --resume runs/2025-01-31-12-00-00 --steps 4000
  npm start -- --config runs/2025-01-31-12-00-00/config.json --seed 2`,
    );
}
