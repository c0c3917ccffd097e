import { type serialization, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { type Module, Rng, stateOf } from "@tx/core";
import { SharedVariable } from "./shared-variable";

/** What a model tells a layer beside its inputs. */
export interface LayerCall {
  /** True within `fit`; the module's own flag is set to it already. */
  readonly training: boolean;
  /** [batch, seq], true at tokens that count: that of the first input, if there is one. */
  readonly mask: Tensor2D | undefined;
}

/** How a module is made and run as a layer. */
export interface Wrapping<M extends Module> {
  readonly make: (config: unknown, rng: Rng, inputShapes: Shape[]) => M;
  readonly forward: (module: M, inputs: Tensor[], call: LayerCall) => Tensor;
  readonly outputShape: (inputShapes: Shape[], config: unknown) => Shape;
}

export type LayerArgs = ConstructorParameters<typeof layers.Layer>[0] & object;

/**
 * A layer of tfjs-layers that holds a module. Made by what {@link asLayer} gives back; exported for
 * `instanceof` and for its {@link module}.
 */
export class ModuleLayer<M extends Module = Module> extends layers.Layer {
  /** Of the first weights, and of dropout within. */
  readonly seed: number;
  /** As given to the maker. */
  readonly config: unknown;
  readonly #wrapping: Wrapping<M>;
  #module: M | undefined;

  constructor(wrapping: Wrapping<M>, config: unknown, seed: number | undefined, args: LayerArgs) {
    super(args);
    this.#wrapping = wrapping;
    this.config = config;
    this.seed = seed ?? seedOf(this.name);
    this.supportsMasking = true;
  }

  /**
   * The module within.
   *
   * @throws Error before the layer is built, which the first input does.
   */
  get module(): M {
    if (!this.#module) {
      throw new Error(`${this.name}: expected a layer that is built, got one without an input yet`);
    }
    return this.#module;
  }

  override build(inputShape: Shape | Shape[]): void {
    const module = this.#wrapping.make(this.config, new Rng(this.seed), listOf(inputShape));
    this.#module = module;
    const state = [...stateOf(module)];
    const weightsOf = (trainable: boolean) =>
      state
        .filter(([, variable]) => variable.trainable === trainable)
        .map(([path, variable]) => new SharedVariable(variable, path));
    const [trained, beside] = [weightsOf(true), weightsOf(false)];
    this.trainableWeights = trained;
    this.nonTrainableWeights = beside;
    // A frozen layer may thaw, so its parameters are trainable weights still.
    for (const weight of trained) weight.trainable = this.trainable;
    this.built = true;
  }

  override call(
    inputs: Tensor | Tensor[],
    kwargs: { training?: boolean; mask?: Tensor | null } = {},
  ): Tensor {
    const training = kwargs.training === true;
    const mask = (kwargs.mask ?? undefined) as Tensor2D | undefined;
    const list = Array.isArray(inputs) ? inputs : [inputs];
    this.module.train(training);
    return tidy(() => this.#wrapping.forward(this.module, list, { training, mask }));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return this.#wrapping.outputShape(listOf(inputShape), this.config);
  }

  /** One output, so one mask: the first input's. */
  override computeMask(_inputs: Tensor | Tensor[], mask?: Tensor | Tensor[]): Tensor {
    const first = Array.isArray(mask) ? mask[0] : mask;
    // None is null in tfjs-layers, though its types do not say so.
    return (first ?? null) as Tensor;
  }

  override getConfig(): serialization.ConfigDict {
    // tfjs-layers turns every key and text of a saved config to snake case and back, by which dFF
    // would come back as dFf. It spares what is called "name".
    const config = { name: JSON.stringify(this.config) };
    return { ...super.getConfig(), config, seed: this.seed };
  }

  protected override disposeWeights(): number {
    const disposed = super.disposeWeights();
    this.#module?.dispose();
    return disposed;
  }
}

/** Of the layer's name, which no other layer of a model has: FNV-1a. */
function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  return hash >>> 0;
}

function listOf(shape: Shape | Shape[]): Shape[] {
  return Array.isArray(shape[0]) ? (shape as Shape[]) : [shape as Shape];
}
