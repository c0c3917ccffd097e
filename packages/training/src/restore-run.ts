import { clone, dispose, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { type HostTensor, loadState, type Module, type Rng, stateOf, toTensor } from "@tx/core";
import type { Run, SavedRun } from "./run";

/**
 * Sets a model, its optimizer and random streams to a saved run: from there on, losses are bit for
 * bit those of the run that was saved, on the same backend.
 *
 * All or nothing: where it throws, nothing is changed and no tensor is left behind.
 *
 * @param into Made as those of the saved run were; random has the same names.
 * @returns The tensors that were saved besides, by name; the caller's.
 * @throws Error `name: …` that says which parameters, moments or streams are missing, unknown or
 *   of another shape.
 */
export function restoreRun(
  saved: SavedRun,
  { model, optimizer, random = {} }: Pick<Run, "model" | "optimizer" | "random">,
): Map<string, Tensor> {
  const made: Tensor[] = [];
  try {
    checkStreams(saved.random, random);
    const besides = toTensors(saved.tensors);
    made.push(...besides.values());
    tidy(() => {
      loadAll(model, toTensors(saved.model), () =>
        optimizer.loadState(toTensors(saved.optimizer), saved.steps),
      );
    });
    for (const [name, rng] of Object.entries(random)) rng.state = saved.random[name]!;
    return besides;
  } catch (cause) {
    dispose(made);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${saved.name}: ${reason}`, { cause });
  }
}

/** Loads the model, and takes that back if what is to be loaded with it is refused. */
function loadAll(model: Module, state: ReadonlyMap<string, Tensor>, rest: () => void): void {
  const before = new Map([...stateOf(model)].map(([path, variable]) => [path, clone(variable)]));
  loadState(model, state);
  try {
    rest();
  } catch (error) {
    loadState(model, before);
    throw error;
  }
}

function checkStreams(
  saved: Readonly<Record<string, number>>,
  given: Readonly<Record<string, Rng>>,
): void {
  const [wanted, got] = [saved, given].map((streams) => Object.keys(streams).sort().join(", "));
  if (wanted !== got) {
    throw new RangeError(`random: expected ${wanted || "no stream"}, got ${got || "none"}`);
  }
}

const toTensors = (host: ReadonlyMap<string, HostTensor>): Map<string, Tensor> =>
  new Map([...host].map(([path, one]) => [path, toTensor(one)]));
