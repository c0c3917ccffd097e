import { clone, type Tensor, tidy, type Variable, where } from "@tensorflow/tfjs-core";
import type { Optimizer } from "./optimizer";

/** What an update changes. */
export interface Updated {
  parameters: ReadonlyMap<string, Variable>;
  optimizer: Optimizer;
}

/**
 * Makes an update, and takes it back on the device where a flag does not hold: weights and the
 * optimizer's tensors are then the very numbers from before. Its number of steps lives on the
 * host, which does not know the flag: that goes on in either case.
 *
 * Until it is through, the tensors from before are held too: once more the weights and the
 * optimizer's state.
 *
 * @param holds bool, a scalar.
 */
export function updateIf(
  holds: Tensor,
  { parameters, optimizer }: Updated,
  update: () => void,
): void {
  tidy(() => {
    const [weights, state] = [held(parameters), held(optimizer.state())];
    update();
    const chosen = (path: string, now: Tensor, before: ReadonlyMap<string, Tensor>) =>
      where(holds, now, before.get(path)!);
    for (const [path, variable] of parameters) {
      tidy(() => variable.assign(chosen(path, variable, weights)));
    }
    const next = [...optimizer.state()].map(([path, now]): [string, Tensor] => [
      path,
      chosen(path, now, state),
    ]);
    optimizer.loadState(new Map(next), optimizer.steps);
  });
}

/** Clones, which keep their numbers whatever becomes of the variables. */
const held = (live: ReadonlyMap<string, Tensor>) =>
  new Map([...live].map(([path, tensor]) => [path, clone(tensor)]));
