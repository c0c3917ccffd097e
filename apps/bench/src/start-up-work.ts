import { type BackendName, useBackend } from "@tx/backend";
import { configureSimd } from "@tx/simd";
import type { BenchConfig } from "./configs";
import { type StepWork, startSteps } from "./step";

/** What a program needs up to its first training step, imported as a whole. */
export const work = {
  async backend(
    name: string,
    threads: number | undefined,
  ): Promise<{ name: string; device: string }> {
    if (threads !== undefined) configureSimd({ threads });
    return useBackend(name as BackendName);
  },
  model: (config: BenchConfig): StepWork => startSteps(config),
};
