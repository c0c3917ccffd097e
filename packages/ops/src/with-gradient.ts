import {
  customGrad,
  engine,
  type GradSaveFunc,
  type Tensor,
  tidy,
  Variable,
} from "@tensorflow/tfjs-core";
import { type KernelInputs, present } from "./run-kernel";

/** What one run of an operation gives. */
export type Differentiable<Kept extends KernelInputs> = readonly [
  value: Tensor,
  /** What the gradient is to be told of the call. */
  kept: Kept,
  /** From what was kept and dy, the value's gradient: one for each input that is there. */
  gradient: (told: Kept & { dy: Tensor }) => Tensor | Tensor[],
];

/**
 * An operation with a gradient of its own, as by tfjs's customGrad. Where none is being taken it is
 * just the value: recording what nobody will read costs tfjs-core 4.22.0 some microseconds an
 * operation, as much as a small operation itself, which decoding token by token is made of.
 *
 * @param inputs What there are gradients for; undefined ones are left out.
 * @param run Leaves no tensor behind but the value, where no gradient is taken.
 */
export function withGradient<T extends Tensor, Kept extends KernelInputs>(
  inputs: KernelInputs,
  run: () => Differentiable<Kept>,
): T {
  if (engine().state.gradientDepth === 0) return run()[0] as T;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [value, kept, gradient] = run();
    const told = present(kept);
    // Variables are not saved but taken as they are: they outlive the pass. Saving clones, which copies
    // the numbers on wasm, and makes a second holder that keeps an engine from updating in place.
    const names = Object.keys(told).filter((name) => !(told[name] instanceof Variable));
    const save = args.pop() as GradSaveFunc;
    save(names.map((name) => told[name]!));
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const clones = Object.fromEntries(names.map((name, n) => [name, saved[n]!]));
        return tidy(() => gradient({ ...kept, ...clones, dy }));
      },
    };
  })(...Object.values(present(inputs))) as T;
}
