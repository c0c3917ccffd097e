import { broadcastTo, clone, type Tensor, tidy, type Variable, where } from "@tensorflow/tfjs-core";
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
 * @param updated Its optimizer's state has the same paths before and after.
 */
export function updateIf(
  holds: Tensor,
  { parameters, optimizer }: Updated,
  update: () => void,
): void {
  tidy(() => {
    const [weights, state] = [held(parameters), held(optimizer.state())];
    update();
    const flagOf = flagsByShape(holds);
    const chosen = (path: string, now: Tensor, before: ReadonlyMap<string, Tensor>) =>
      where(flagOf(now.shape), now, before.get(path)!);
    for (const [path, variable] of parameters) variable.assign(chosen(path, variable, weights));
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

/** The flag in any shape, each made once: where would make it for every weight and moment anew. */
function flagsByShape(holds: Tensor): (shape: number[]) => Tensor {
  const flags = new Map<string, Tensor>();
  return (shape) => {
    const flag = flags.get(shape.join()) ?? broadcastTo(holds, shape);
    flags.set(shape.join(), flag);
    return flag;
  };
}
