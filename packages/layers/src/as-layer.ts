import { serialization, type Tensor } from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import type { Module, Rng } from "@tx/core";
import { type LayerArgs, type LayerCall, ModuleLayer, type Wrapping } from "./module-layer";

/** How a module becomes a layer. */
export interface LayerDefinition<Config, M extends Module> {
  /**
   * Makes the module, once the shapes of the inputs are known.
   *
   * @param config Plain JSON, as given to the maker and as saved with a model.
   * @param rng From the layer's seed.
   * @param inputShapes Of each input, the batch (and what else is free) null.
   */
  make: (config: Config, rng: Rng, inputShapes: Shape[]) => M;
  /** One pass. Default: `module.forward(input)`, of one input. */
  forward?: (module: M, inputs: Tensor[], call: LayerCall) => Tensor;
  /** Default: the first input's shape. */
  outputShape?: (inputShapes: Shape[], config: Config) => Shape;
}

/**
 * Makes a layer.
 *
 * @param config Plain JSON.
 * @param args As of any layer: `inputShape`, `name`, `trainable`; and `seed`, a whole number from 0,
 *   of the first weights, by default made of the layer's name: layers begin differently, and the same
 *   program gives the same weights each time.
 */
export type LayerMaker<Config, M extends Module> = (
  config: Config,
  args?: LayerArgs & { seed?: number },
) => ModuleLayer<M>;

/**
 * Makes layers of tfjs-layers out of a sort of module, for `tf.sequential` and `tf.model`: `fit`
 * trains the module's own variables, dropout is on within `fit` only, `save` writes weights and
 * config, and `loadLayersModel` reads them wherever the same definition was given.
 *
 * @param className Under which saved models know the layer: a capital first, then letters and digits.
 * @throws Error if className is none, or that of a layer that is not of this package.
 */
export function asLayer<Config, M extends Module>(
  className: string,
  definition: LayerDefinition<Config, M>,
): LayerMaker<Config, M> {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(className)) {
    throw new Error(`className: expected a capital, then letters and digits, got "${className}"`);
  }
  const known = serialization.SerializationMap.getMap().classNameMap[className];
  if (known && !(known[0].prototype instanceof ModuleLayer)) {
    throw new Error(`className: expected one that is free, got "${className}", which is taken`);
  }
  const wrapping: Wrapping<M> = {
    make: definition.make as Wrapping<M>["make"],
    forward: definition.forward ?? ((module, inputs) => forwardOf(className, module, inputs)),
    outputShape: (definition.outputShape ?? (([first]) => first!)) as Wrapping<M>["outputShape"],
  };

  class Wrapped extends ModuleLayer<M> {
    static className = className;

    static override fromConfig<T extends serialization.Serializable>(
      cls: serialization.SerializableConstructor<T>,
      saved: serialization.ConfigDict,
    ): T {
      const { config, ...args } = saved;
      return new cls({ ...args, config: JSON.parse((config as { name: string }).name) });
    }

    constructor({
      config,
      seed,
      ...args
    }: LayerArgs & { config: unknown; seed: number | undefined }) {
      super(wrapping, config, seed, args);
    }
  }
  serialization.registerClass(Wrapped as never);

  return (config, { seed, ...args } = {}) => {
    checkPlain(className, config);
    if (seed !== undefined && !(Number.isInteger(seed) && seed >= 0)) {
      throw new RangeError(`seed: expected a whole number from 0, got ${seed}`);
    }
    return new Wrapped({ ...args, config, seed });
  };
}

function forwardOf(className: string, module: Module, inputs: Tensor[]): Tensor {
  if (inputs.length !== 1) {
    throw new Error(
      `${className}: expected one input, or a forward in the definition, got ${inputs.length} inputs`,
    );
  }
  return (module as Module & { forward(x: Tensor): Tensor }).forward(inputs[0]!);
}

/** What JSON would lose would be missed only when a saved model is loaded. */
function checkPlain(className: string, config: unknown): void {
  const problem = unplain(config, "config");
  if (problem) throw new TypeError(`${className}: expected plain JSON, got ${problem}`);
}

function unplain(value: unknown, path: string): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${value} at ${path}`;
  if (typeof value !== "object") return `${typeof value} at ${path}`;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return `${value.constructor?.name ?? "an object"} at ${path}`;
  }
  for (const [key, part] of Object.entries(value)) {
    // An option that is not given may be written so.
    const problem = part === undefined ? undefined : unplain(part, `${path}.${key}`);
    if (problem) return problem;
  }
  return undefined;
}
