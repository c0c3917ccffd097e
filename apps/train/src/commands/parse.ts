import { Command, CommanderError, InvalidArgumentError } from "commander";
import { type ExportFormat, exportFormats } from "../exporting/read-me";
import { didYouMean } from "../nearest";
import { commandLine } from "../terminal/this-program";
import { UserError } from "../user-error";
import type { CommandLine, Mode } from "./command-line";
import { addSettings, givenOf } from "./settings";

/** Options of a command as commander gives them. */
type Options = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Reads the command line. Gives null when it asked for help, which is printed then.
 *
 * @throws UserError in one line for an unknown command or option, or a missing value.
 */
export function parseCommandLine(args: readonly string[], columns = 80): CommandLine | null {
  let line: CommandLine | null = null;
  const program = commands((asked) => {
    line = asked;
  });
  for (const command of [program, ...program.commands]) settle(command, columns);
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    const [message = "", ...hints] = error.message.replace(/^error: /, "").split("\n");
    throw new UserError(
      [message.replace(/\.$/, ""), ...hints, "see --help"].join("; ").replaceAll("; (", " ("),
    );
  }
  return line;
}

function commands(tell: (line: CommandLine) => void): Command {
  const program = new Command("tx-train").description(
    "Trains small Transformers, measures them on what they never trained on, and compares their parts. Without a command it trains.",
  );
  addTraining(program, tell);
  program
    .command("generate <run>")
    .description("writes text with a saved run, as it comes")
    .option(
      "--prompt <text>",
      "what it goes on from, or what is to be translated, copied and so on",
    )
    .option("--tokens <n>", "most tokens [the run's --sample]")
    .option("--temperature <x>", "0 takes the likeliest, 1 draws as trained [the run's]")
    .option("--top-k <n>", "draws from the n likeliest tokens [the run's]")
    .option("--seed <n>", "another text [the run's]")
    .option("--backend <name>", "where it runs [the run's]")
    .action((run: string, { tokens, ...options }: Options) => {
      const all = { ...options, ...(tokens !== undefined && { sample: tokens }) };
      const { prompt = null, ...given } = givenOf(all) as Record<string, unknown>;
      tell({ command: "generate", run, prompt: prompt as string | null, given });
    });
  program
    .command("evaluate <run>")
    .description("measures a saved run on what it never trained on, or on other data")
    .option("--text <file>", "lm: all of this text")
    .option("--pairs <file>", "translate: all of these lines")
    .option("--lengths <list>", "at these lengths, such as 32,64,128 [the run's]", counts)
    .option("--final-tokens <n>", "most tokens of each measurement [the run's]")
    .option("--backend <name>", "where it runs [the run's]")
    .option("--json", "for scripts: a line of JSON for each length")
    .action((run: string, { lengths, ...options }: Options & { lengths?: number[] }) => {
      const given = givenOf(options);
      tell({ command: "evaluate", run, mode: modeOf(options), given, lengths: lengths ?? [] });
    });
  program
    .command("compare <runs...>")
    .description("writes one page with the curves of several runs")
    .option("--out <file>", "the page", "compare.html")
    .action((runs: string[], { out }: { out: string }) => tell({ command: "compare", runs, out }));
  addAblation(program, tell);
  program
    .command("export <run>")
    .description("writes a folder with the model alone, which three lines of code load")
    .option("--out <dir>", "new or empty [RUN/model]")
    .option(
      "--format <name>",
      "hugging-face, tx or weights [hugging-face where their layout has the model, else tx]",
      exportFormat,
    )
    .action((run: string, { out = `${run}/model`, format }: ExportOptions) =>
      tell({ command: "export", run, out, format: format ?? null }),
    );
  program
    .command("list")
    .description("shows all tasks and parts with a sentence each (also --list)")
    .action(() => tell({ command: "list" }));
  program
    .command("cell <folder>", { hidden: true })
    .action((folder: string) => tell({ command: "cell", folder }));
  return program;
}

function addTraining(program: Command, tell: (line: CommandLine) => void): void {
  const known = () => program.commands.map((command) => command.name());
  const lineOf = (options: Options, resume?: string) => {
    const { out, config } = options as Record<string, string | undefined>;
    tell({
      ...{ command: "train", given: givenOf(options), mode: modeOf(options) },
      ...(out !== undefined && { out }),
      ...(resume !== undefined && { resume }),
      ...(config !== undefined && { config }),
    });
  };
  const train = program
    .command("train [command]", { isDefault: true })
    .description("trains a model and saves the run")
    .option("--out <dir>", "folder of the run, new or empty [runs/<date and time>]")
    .option("--resume <dir>", "as the command resume")
    .option("--config <file>", "takes the settings of a config.json; options replace them");
  addModes(train)
    .option("--list", "as the command list")
    .action((wrong: string | undefined, options: Options) => {
      if (wrong !== undefined) {
        const names = known().filter((name) => name !== "cell");
        throw new UserError(
          `command: expected one of ${names.join(", ")}, got "${wrong}"${didYouMean(wrong, names)}`,
        );
      }
      if (options.list) tell({ command: "list" });
      else lineOf(options, options.resume as string | undefined);
    });
  addSettings(train);
  const resume = program
    .command("resume <run>")
    .description("goes on with a saved run; settings replace saved ones")
    .option("--out <dir>", "goes on in another folder, new or empty");
  addModes(resume).action((run: string, options: Options) => lineOf(options, run));
  addSettings(resume);
}

function addAblation(program: Command, tell: (line: CommandLine) => void): void {
  const ablate = program
    .command("ablate")
    .description("trains the same model with one part changed, and compares")
    .option("--seeds <n>", "how many seeds, from --seed on", whole, 3)
    .option(
      "--lengths <list>",
      "trains at the first, measures at all [1, 2 and 4 × --length]",
      counts,
    )
    .option("--jobs <n>", "cells at the same time, each in a process of its own", whole, 1)
    .option("--out <dir>", "folder of the ablation; finished cells in it are kept", "runs/ablation")
    .option("--config <file>", "takes the settings of a config.json; options replace them");
  addModes(ablate).action((options: Options & Record<"seeds" | "jobs", number>) => {
    const { seeds, jobs, lengths = [], out, config, json: _, quiet: __, ...typed } = options;
    tell({
      ...{ command: "ablate", seeds, jobs, out: out as string, mode: modeOf(options) },
      lengths: lengths as unknown as readonly number[],
      typed: typed as Record<string, string>,
      ...(config !== undefined && { config: config as string }),
    });
  });
  addSettings(ablate);
}

const addModes = (command: Command) =>
  command
    .option("--json", "for scripts: a line of JSON for everything that happens")
    .option("--quiet", "prints nothing but the folder at the end");

const modeOf = ({ json, quiet }: Options): Mode => (json ? "json" : quiet ? "quiet" : "people");

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError(`Expected a whole number from 1, got "${text}"`);
  }
  return number;
}

function exportFormat(text: string): ExportFormat {
  if ((exportFormats as readonly string[]).includes(text)) return text as ExportFormat;
  throw new InvalidArgumentError(
    `Expected one of ${exportFormats.join(", ")}, got "${text}"${didYouMean(text, exportFormats)}`,
  );
}

interface ExportOptions {
  readonly out?: string;
  readonly format?: ExportFormat;
}

const counts = (text: string): number[] => text.split(",").map(whole);

/** Widths, headings and errors as this program has them. */
function settle(command: Command, columns: number): void {
  command
    .helpOption("-h, --help", "shows this")
    .helpCommand(false)
    .configureHelp({ helpWidth: Math.min(columns, 100) })
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  if (command.parent === null) command.addHelpText("after", examples);
}

const examples = `
All settings of a training, with what they are if not given: train --help
All tasks and parts by name: --list

Ctrl-C finishes the step, saves the run and says how to go on; a second one
quits at once.

Examples:
  ${[
    commandLine(),
    commandLine("--text my-book.txt --steps 2000"),
    commandLine("--positional rope --positional-options '{\"base\": 500000}'"),
    commandLine("--task reverse --length 10"),
    commandLine("resume runs/2025-01-31-12-00-00 --steps 6000"),
    commandLine('generate runs/2025-01-31-12-00-00 --prompt "Call me"'),
    commandLine("ablate --positional rope,alibi,learned --seeds 3 --lengths 32,64"),
  ].join("\n  ")}`;
