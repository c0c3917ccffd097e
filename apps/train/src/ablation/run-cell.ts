import { access } from "node:fs/promises";
import { join } from "node:path";
import { dispose, profile, type Tensor2D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { disposeGradients, rowsTensor, valueAndGradients } from "@tx/training";
import { trainCommand } from "../commands/train";
import { runDataOf } from "../report/run-data";
import { writePage } from "../report/write-page";
import { type OpenRun, openRun } from "../runs/open-run";
import { files, loadFromFolder } from "../runs/run-folder";
import { loadTask } from "../tasks/load-task";
import type { Reporter } from "../terminal/reporter";
import type { Interrupt } from "../training/interrupt";
import { type Cell, type CellResult, cellFiles } from "./cell";

/**
 * Trains a cell, from where it was if it was interrupted, measures it and writes its result.
 *
 * @returns the exit code
 */
export async function runCell(
  { config, lengths, folder }: Pick<Cell, "config" | "lengths" | "folder">,
  reporter: Reporter,
  interrupt: Interrupt,
): Promise<number> {
  const begun = await access(join(folder, files.run)).then(
    () => true,
    () => false,
  );
  const saved = begun ? await loadFromFolder(folder) : null;
  const task = await loadTask(config, saved && { name: saved.run.name, saved: saved.state.task });
  const maxLen = saved?.state.maxLen ?? task.maxLen;
  const plan = { config, task, saved, maxLen, folder: { path: folder, release() {} } };
  const code = await trainCommand(plan, reporter, interrupt);
  if (code !== 0) return code;
  const open = await openRun(folder);
  try {
    const result = await resultOf(open, lengths, () => interrupt.requested);
    if (result === null) return interrupt.exitCode;
    await writePage(join(folder, cellFiles.result), `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    open.trainer.dispose();
  }
  return 0;
}

async function resultOf(
  open: OpenRun,
  lengths: readonly number[],
  stopped: () => boolean,
): Promise<CellResult | null> {
  const { config, task, trainer, loaded, backend } = open;
  const measured: CellResult["measured"] = [];
  for (const length of lengths) {
    const needed = task.maxLen - config.length + length;
    if (length > config.length && needed > trainer.model.maxLen) {
      measured.push({ length, loss: null });
      continue;
    }
    const tokens = config.finalTokens;
    const found = await task.evaluate(trainer.model, { tokens, length, stopped });
    if (found === null) return null;
    const { loss, accuracy, exactMatch } = found;
    measured.push({
      ...{ length, loss },
      ...(accuracy !== undefined && { accuracy }),
      ...(exactMatch !== undefined && { exactMatch }),
    });
  }
  const { steps } = await runDataOf(loaded);
  const speeds = steps.map(({ tokensPerSecond }) => tokensPerSecond).sort((a, b) => a - b);
  const speed = speeds[Math.floor(speeds.length / 2)] ?? Number.NaN;
  return {
    ...{ version: 1, measured, parameters: trainer.parameterCount },
    stepMilliseconds: Number(((1000 * task.tokensPerStep) / speed).toFixed(2)),
    peakBytes: await peakOf(open),
    backend: `${backend.name} (${backend.device})`,
  };
}

/** Bytes of tensors at the peak of a forward and a backward pass. */
async function peakOf({ task, trainer }: OpenRun): Promise<number> {
  const { model } = trainer;
  const batch = task.draw(new Rng(1)).map((rows): Tensor2D => rowsTensor(rows));
  model.train();
  try {
    const { peakBytes } = await profile(() => {
      const pass = valueAndGradients(() => task.loss(model, ...batch), model.parameters());
      disposeGradients(pass.gradients);
      return pass.value;
    });
    return peakBytes;
  } finally {
    model.eval();
    dispose(batch);
  }
}
