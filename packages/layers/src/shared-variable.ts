import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import { LayerVariable } from "@tensorflow/tfjs-layers";

/**
 * A weight of a layer that is a module's own variable: the optimizer of a LayersModel changes what
 * the module computes with, and the other way round. The name is the layer's and the path's.
 */
export class SharedVariable extends LayerVariable {
  readonly #shared: Variable;

  constructor(variable: Variable, name: string) {
    super(variable, variable.dtype, name, variable.trainable);
    // The base class has made a copy.
    this.val.dispose();
    this.#shared = variable;
  }

  override read(): Variable {
    this.#checkAlive();
    return this.#shared;
  }

  override write(value: Tensor): this {
    this.#checkAlive();
    if (`${value.shape}` !== `${this.shape}`) {
      throw new Error(`${this.originalName}: expected [${this.shape}], got [${value.shape}]`);
    }
    if (value.id !== this.#shared.id) this.#shared.assign(value);
    return this;
  }

  override dispose(): void {
    this.#checkAlive();
    this.#shared.dispose();
  }

  // A pair overrides the base class's pair; one alone would hide the other.
  override get trainable(): boolean {
    return this.#shared.trainable;
  }

  override set trainable(on: boolean) {
    this.#shared.trainable = on;
  }

  #checkAlive(): void {
    if (this.#shared.isDisposed) {
      throw new Error(`${this.originalName}: expected a live weight, got one that is disposed`);
    }
  }
}
