import { add, clone, engine, type Tensor } from "@tensorflow/tfjs-core";

/**
 * Gradients by the tensor they belong to, added up where a tensor was used several times, and freed
 * as soon as nobody needs them.
 *
 * One gradient may belong to several tensors: that of a sum is its output's own. So each is counted,
 * and freed when the last lets go.
 */
export class GradientSums {
  readonly #sums = new Map<number, Tensor>();
  readonly #holders = new Map<Tensor, number>();

  get(of: Tensor): Tensor | undefined {
    return this.#sums.get(of.id);
  }

  /** Adds a term, and takes it over if it was made in the scope that is open. */
  add(of: Tensor, term: Tensor): void {
    const sum = this.#sums.get(of.id);
    const held = this.#hold(term);
    if (!sum) {
      this.#sums.set(of.id, held);
      return;
    }
    this.#sums.set(of.id, this.#hold(add(sum, held)));
    this.#let(sum);
    this.#let(held);
  }

  /** Lets go of a gradient, if there is one. */
  release(of: Tensor): void {
    const sum = this.#sums.get(of.id);
    this.#sums.delete(of.id);
    if (sum) this.#let(sum);
  }

  /** A gradient that nobody else holds, for the caller to free. */
  take(of: Tensor): Tensor | undefined {
    const sum = this.#sums.get(of.id);
    if (!sum) return undefined;
    const shared = sum.kept || this.#holders.get(sum)! > 1;
    this.#sums.delete(of.id);
    this.#let(sum, false);
    return shared ? clone(sum) : sum;
  }

  #hold(gradient: Tensor): Tensor {
    const holders = this.#holders.get(gradient) ?? 0;
    // What was there before, such as a saved tensor or a variable, is somebody else's to free.
    const ours = holders > 0 || isOfOpenScope(gradient);
    const held = ours ? gradient : clone(gradient);
    this.#holders.set(held, holders + 1);
    return held;
  }

  #let(gradient: Tensor, free = true): void {
    const holders = this.#holders.get(gradient)! - 1;
    if (holders > 0) {
      this.#holders.set(gradient, holders);
      return;
    }
    this.#holders.delete(gradient);
    // A gradient function may have kept what it was given or gave.
    if (free && !gradient.kept) gradient.dispose();
  }
}

const isOfOpenScope = ({ scopeId }: Tensor): boolean => scopeId === engine().state.activeScope?.id;
