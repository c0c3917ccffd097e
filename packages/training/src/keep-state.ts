import { clone, dispose, type Tensor } from "@tensorflow/tfjs-core";
import { Module, Rng, stateOf } from "@tx/core";
import type { Optimizer } from "./optimizer";
import { remembered } from "./remembered";

/**
 * All that a step changes as it is now: the model's variables and random streams, the optimizer's
 * state. Nothing is copied on the device.
 *
 * @returns Sets it all back, once.
 */
export function keepState(model: Module, optimizer: Optimizer): () => void {
  const variables = remembered([...stateOf(model).values()]);
  const { steps } = optimizer;
  const state = new Map(
    [...optimizer.state()].map(([path, live]) => [path, clone(live as Tensor)]),
  );
  const streams = [...streamsOf(model, new Set())].map((rng) => [rng, rng.state] as const);
  return () => {
    try {
      variables.restore();
      optimizer.loadState(state, steps);
      for (const [rng, place] of streams) rng.state = place;
    } finally {
      variables.dispose();
      dispose([...state.values()]);
    }
  };
}

/** The random streams of a module and of all within it, each perhaps several times. */
function* streamsOf(part: unknown, seen: Set<unknown>): Generator<Rng> {
  if (part instanceof Rng) yield part;
  if (!(part instanceof Module || Array.isArray(part)) || seen.has(part)) return;
  seen.add(part);
  for (const child of Object.values(part)) yield* streamsOf(child, seen);
}
