import { join } from "node:path";
import { files, loadFromFolder } from "../runs/run-folder";
import type { Task } from "../tasks/task";
import type { Trainer } from "../training/trainer";
import { viewOf } from "./model-view";
import { runDataOf } from "./run-data";
import { runPage } from "./run-page";
import { writePage } from "./write-page";

/**
 * Writes report.html into the folder of a saved run.
 *
 * @throws UserError if the run cannot be read or the page not be written.
 */
export async function writeRunReport(folder: string, trainer: Trainer, task: Task): Promise<void> {
  const loaded = await loadFromFolder(folder);
  const data = await runDataOf(loaded);
  const view = await viewOf(trainer.model, loaded.state.config, task);
  const facts = { parameters: trainer.parameterCount, unit: task.unit, data: task.facts };
  await writePage(join(folder, files.report), runPage(data, view, facts));
}
