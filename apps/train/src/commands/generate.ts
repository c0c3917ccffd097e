import { Rng } from "@tx/core";
import { openRun } from "../runs/open-run";
import type { Interrupt } from "../training/interrupt";
import { seedsOf } from "../training/trainer";
import type { GenerateLine } from "./command-line";

/**
 * Writes text with a saved run, piece by piece.
 *
 * @returns the exit code
 */
export async function generateCommand(
  { run, prompt, given }: GenerateLine,
  output: Pick<NodeJS.WriteStream, "write">,
  interrupt: Interrupt,
): Promise<number> {
  const { config, task, trainer } = await openRun(run, given, { dataMayBeMissing: true });
  const { stop: signal } = interrupt;
  const text = prompt ?? config.prompt;
  try {
    task.checkPrompt(text);
    const { sample: tokens, temperature, topK, seed } = config;
    const rng = new Rng(seedsOf(seed).sample);
    const pieces = task.sample(trainer.model, text, { tokens, temperature, topK, rng, signal });
    for await (const piece of pieces) output.write(piece);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    trainer.dispose();
  }
  output.write("\n");
  return interrupt.exitCode;
}
