import { dispose, getBackend } from "@tensorflow/tfjs-core";
import { compileAhead } from "@tx/ops";
import { keepState } from "./keep-state";
import type { StepResult, TrainStepOptions } from "./train-step";

/** Compiles ahead what a step takes, and what is done with its result, and leaves all as it was. */
export async function prepareStep<Batch extends readonly unknown[]>(
  { model, optimizer }: Pick<TrainStepOptions<Batch>, "model" | "optimizer">,
  take: () => StepResult,
  use: (result: StepResult) => void = () => {},
): Promise<void> {
  // Elsewhere nothing is compiled, and clones may cost something.
  if (getBackend() !== "webgpu") return;
  const restore = keepState(model, optimizer);
  const compiled = compileAhead(() => {
    const result = take();
    use(result);
    dispose([result.loss, result.gradientNorm]);
  });
  // At once: before anything else may run.
  restore();
  await compiled;
}
