import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { writeWhole } from "@tx/core/node";
import { type PresetModel, saveTensors } from "@tx/model";
import { huggingFaceConfig } from "@tx/model/hugging-face";
import { saveHuggingFace, saveModel } from "@tx/model/node";
import { type Config, modelName } from "../config/config";
import { asPreset } from "../exporting/as-preset";
import { exportedTokenizer } from "../exporting/exported-tokenizer";
import { modelCode } from "../exporting/model-code";
import { presetConfigOf } from "../exporting/preset-config";
import { type ExportFormat, loadingLines, MODULE, readMe } from "../exporting/read-me";
import { type OpenRun, openRun } from "../runs/open-run";
import { claimFolder } from "../runs/output-folder";
import { messageOf, systemReason, UserError } from "../user-error";
import type { ExportLine } from "./command-line";

/**
 * Writes the model of a run alone, in a folder that three lines of code load: as Hugging Face files
 * where their layout has it, else as a model of a preset of `@tx/model`, else with code that makes it
 * of its parts. Tells the lines.
 *
 * @returns the exit code
 * @throws UserError if the format that was asked for cannot say the run's parts; nothing is written
 *   then.
 */
export async function exportCommand(
  { run, out, format: asked }: ExportLine,
  output: Pick<NodeJS.WriteStream, "write">,
): Promise<number> {
  const opened = await openRun(run, {}, { dataMayBeMissing: true });
  try {
    const preset = asked === "weights" ? null : presetOf(opened, asked);
    try {
      const format = formatOf(asked, preset);
      await write(opened, { out, format, preset });
      output.write([out, "", ...loadingLines(format, out), ""].join("\n"));
    } finally {
      preset?.dispose();
    }
  } finally {
    opened.trainer.dispose();
  }
  return 0;
}

/** The run's model as one of a preset; null where none has its parts and no format was asked for. */
function presetOf(
  { trainer: { model }, config, loaded }: OpenRun,
  asked: ExportFormat | null,
): PresetModel | null {
  try {
    return asPreset(model, presetConfigOf(model, config, loaded.state.maxLen));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (asked === null) return null;
    throw new UserError(
      `${error.message}: no preset of @tx/model has these parts, and --format weights writes any`,
    );
  }
}

/** The format that was asked for, or the one that most programs read. */
function formatOf(asked: ExportFormat | null, preset: PresetModel | null): ExportFormat {
  if (preset === null) return "weights";
  if (asked === "tx") return asked;
  try {
    huggingFaceConfig(preset);
    return "hugging-face";
  } catch (error) {
    if (asked === null) return "tx";
    throw new UserError(
      `--format: expected tx or weights for what their layout cannot say (${messageOf(error)}), got hugging-face`,
    );
  }
}

interface Target {
  readonly out: string;
  readonly format: ExportFormat;
  readonly preset: PresetModel | null;
}

async function write(opened: OpenRun, { out, format, preset }: Target): Promise<void> {
  const { trainer, task } = opened;
  const texts = textsOf(opened, { out, format, preset });
  const folder = claimFolder(out);
  const weights = join(out, "model.safetensors");
  try {
    if (format === "hugging-face") {
      await saveHuggingFace(out, preset!);
      if (preset!.config.kind === "t5") await tellMarks(join(out, "config.json"), task.vocabSize);
    } else if (format === "tx") await saveModel(weights, preset!);
    else {
      const metadata = { format: "tx" };
      await saveTensors(trainer.model, (pieces) => writeWhole(weights, pieces), { metadata });
    }
    for (const [name, text] of texts) await writeFile(join(out, name), text);
  } catch (error) {
    for (const name of ["model.safetensors", "config.json", ...texts.map(([name]) => name)]) {
      await rm(join(out, name), { force: true });
    }
    folder.release();
    throw new UserError(`${out}: the model could not be written (${systemReason(error)})`);
  }
}

/** The files beside the weights. */
function textsOf(
  { trainer, config, task, loaded }: OpenRun,
  { out, format, preset }: Target,
): (readonly [name: string, text: string])[] {
  const { vocabSize, unit } = task;
  const { maxLen, task: saved } = loaded.state;
  const tokenizer = exportedTokenizer(saved);
  const page = readMe({
    ...{ format, tokenizer, name: basename(resolve(out)), steps: trainer.steps },
    ...{ preset: preset?.config.kind ?? null, shape: modelName(config), vocabSize, unit },
    prompt: config.task === "lm" || config.task === "mlm" ? promptOf(task, config) : null,
  });
  return [
    ["README.md", page],
    ...(tokenizer ? [[tokenizer.file, json(tokenizer.contents)] as const] : []),
    ...(format === "weights"
      ? [
          ["config.json", json({ ...config, vocabSize, maxLen })] as const,
          [MODULE, modelCode(trainer.model, config, maxLen)] as const,
        ]
      : []),
  ];
}

/** Hugging Face's programs begin an answer with the token that their config names, and end at another. */
async function tellMarks(path: string, vocabSize: number): Promise<void> {
  const config = JSON.parse(await readFile(path, "utf8")) as object;
  const [start, end] = [vocabSize - 2, vocabSize - 1];
  const marks = { decoder_start_token_id: start, eos_token_id: end, pad_token_id: end };
  await writeFile(path, json({ ...config, ...marks }));
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** A start that the vocabulary has tokens for. */
function promptOf(task: OpenRun["task"], { task: name }: Config): string {
  const fits = (prompt: string) => {
    try {
      task.checkPrompt(name === "mlm" ? `${prompt}_` : prompt);
      return true;
    } catch {
      return false;
    }
  };
  return ["The", "\n", " ", "a"].find(fits) ?? "";
}
