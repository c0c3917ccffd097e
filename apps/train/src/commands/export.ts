import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeSafetensors, type HostTensor, stateOf } from "@tx/core";
import { openRun } from "../runs/open-run";
import { claimFolder } from "../runs/output-folder";
import { systemReason, UserError } from "../user-error";
import type { ExportLine } from "./command-line";

/**
 * Writes the model of a run alone: weights by path as safetensors, and the settings and the
 * tokenizer that it is made from.
 *
 * @returns the exit code
 */
export async function exportCommand(
  { run, out }: ExportLine,
  output: Pick<NodeJS.WriteStream, "write">,
): Promise<number> {
  const { loaded, config, trainer } = await openRun(run, {}, { dataMayBeMissing: true });
  const folder = claimFolder(out);
  const written: string[] = [];
  try {
    const tensors = new Map<string, HostTensor>();
    for (const [path, variable] of stateOf(trainer.model)) {
      const data = Float32Array.from(await variable.data());
      tensors.set(path, { dtype: "F32", shape: variable.shape, data });
    }
    const { maxLen, task } = loaded.state;
    const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
    const files: [name: string, content: string | Uint8Array][] = [
      ["model.safetensors", encodeSafetensors(tensors, { format: "tx" })],
      ["config.json", json({ ...config, vocabSize: trainer.model.vocabSize, maxLen })],
      ["vocabulary.json", json(task)],
    ];
    for (const [name, content] of files) {
      written.push(name);
      await writeFile(join(out, name), content);
    }
  } catch (error) {
    for (const name of written) await rm(join(out, name), { force: true });
    folder.release();
    throw new UserError(`${out}: the model could not be written (${systemReason(error)})`);
  } finally {
    trainer.dispose();
  }
  output.write(`${out}\n`);
  return 0;
}
