import { rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Module } from "@tx/core";
import { writeWhole } from "@tx/core/node";
import { CausalLanguageModel, type PresetModel, saveTensors } from "@tx/model";
import { huggingFaceConfig } from "@tx/model/hugging-face";
import { saveHuggingFace, saveModel } from "@tx/model/node";
import { asPreset } from "../exporting/as-preset";
import { exportedTokenizer } from "../exporting/exported-tokenizer";
import { presetConfigOf } from "../exporting/preset-config";
import { type ExportFormat, loadingLines, readMe } from "../exporting/read-me";
import { type OpenRun, openRun } from "../runs/open-run";
import { claimFolder } from "../runs/output-folder";
import { messageOf, systemReason, UserError } from "../user-error";
import type { ExportLine } from "./command-line";

/**
 * Writes the model of a run alone, in a folder that three lines of code load: as Hugging Face files
 * where their layout has it, else as a model of a preset of `@tx/model`. Tells the lines.
 *
 * @returns the exit code
 * @throws UserError if no preset has the run's parts, or the format cannot say them; nothing is
 *   written then.
 */
export async function exportCommand(
  { run, out, format: asked }: ExportLine,
  output: Pick<NodeJS.WriteStream, "write">,
): Promise<number> {
  const opened = await openRun(run, {}, { dataMayBeMissing: true });
  try {
    const preset = asked === "weights" ? null : presetOf(opened);
    try {
      const format = formatOf(asked, preset);
      await write(opened, { out, format, preset });
      const lines = loadingLines(format, out);
      output.write([out, ...(lines.length === 0 ? [] : ["", ...lines]), ""].join("\n"));
    } finally {
      preset?.dispose();
    }
  } finally {
    opened.trainer.dispose();
  }
  return 0;
}

/** The run's model as one of a preset. */
function presetOf({ trainer, config, loaded }: OpenRun): PresetModel {
  const model: Module = trainer.model;
  if (!(model instanceof CausalLanguageModel)) {
    throw new UserError(
      `--task: expected one whose model is a decoder, got ${config.task}: --format weights writes the weights alone`,
    );
  }
  return asPreset(model, presetConfigOf(model, config, loaded.state.maxLen));
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

async function write(
  { trainer, config, task, loaded }: OpenRun,
  { out, format, preset }: Target,
): Promise<void> {
  const tokenizer = exportedTokenizer(loaded.state.task);
  const page = readMe({
    ...{ format, tokenizer, name: basename(resolve(out)), steps: trainer.steps },
    ...{ preset: preset?.config.kind ?? null, vocabSize: task.vocabSize, unit: task.unit },
    prompt: config.task === "lm" ? promptOf(task) : null,
  });
  const folder = claimFolder(out);
  const weights = join(out, "model.safetensors");
  const texts: [name: string, text: string][] = [["README.md", page]];
  if (tokenizer) texts.push([tokenizer.file, json(tokenizer.contents)]);
  if (format === "weights") {
    const { vocabSize } = task;
    texts.push(["config.json", json({ ...config, vocabSize, maxLen: loaded.state.maxLen })]);
  }
  try {
    if (format === "hugging-face") await saveHuggingFace(out, preset!);
    else if (format === "tx") await saveModel(weights, preset!);
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

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** A start that the vocabulary has tokens for. */
function promptOf(task: OpenRun["task"]): string {
  const fits = (prompt: string) => {
    try {
      task.checkPrompt(prompt);
      return true;
    } catch {
      return false;
    }
  };
  return ["The", "\n", " ", "a"].find(fits) ?? "";
}
