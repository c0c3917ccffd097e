import { clone, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { stateOf } from "@tx/core";
import type { CausalLanguageModel } from "@tx/model";
import type { Optimizer } from "@tx/training";

/** A model and what updates it. */
export interface Trained<Config, O extends Optimizer> {
  readonly model: CausalLanguageModel<Config>;
  readonly optimizer: O;
}

export interface Making<Config, O extends Optimizer> {
  /** Makes the same model with other positions. */
  make(): CausalLanguageModel<Config>;
  optimizerOf(model: CausalLanguageModel<Config>): O;
}

/** The path of what belongs to positions, by which the weights that stay are known. */
const ofPositions = /^positional\./;

/**
 * Puts other positions into a model in training: every other weight is kept, with what the optimizer
 * remembers of it. The old model and optimizer are freed.
 *
 * @throws What `make` throws; the old ones are as they were then.
 */
export function swapPositional<Config, O extends Optimizer>(
  old: Trained<Config, O>,
  { make, optimizerOf }: Making<Config, O>,
): Trained<Config, O> {
  const model = make();
  let optimizer: O | undefined;
  try {
    optimizer = optimizerOf(model);
    const [before, now] = [stateOf(old.model), stateOf(model)];
    tidy(() => {
      for (const [path, variable] of now) {
        if (!ofPositions.test(path)) variable.assign(clone(before.get(path)!));
      }
    });
    const remembered = old.optimizer.state();
    const state = new Map<string, Tensor>(
      [...optimizer.state()].map(([path, fresh]) => [path, remembered.get(path) ?? fresh]),
    );
    optimizer.loadState(state, old.optimizer.steps);
  } catch (error) {
    optimizer?.dispose();
    model.dispose();
    throw error;
  }
  old.optimizer.dispose();
  old.model.dispose();
  return { model, optimizer };
}
