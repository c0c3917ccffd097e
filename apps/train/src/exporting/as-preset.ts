import { type Module, Rng, stateOf } from "@tx/core";
import { type ModelConfig, modelFromConfig, type PresetModel } from "@tx/model";

/**
 * The preset's model of that config with the weights of another model of the same parts; the caller
 * disposes both.
 *
 * @throws Error if the weights are not those of the config, naming the first that differs.
 */
export function asPreset(model: Module, config: ModelConfig): PresetModel {
  const made = modelFromConfig(config as unknown, new Rng(1));
  try {
    const [from, to] = [stateOf(model), stateOf(made)];
    for (const path of new Set([...from.keys(), ...to.keys()])) {
      const shapes = [from, to].map((state) => state.get(path)?.shape.join(" × ") ?? "none");
      if (shapes[0] !== shapes[1]) {
        throw new Error(
          `${path}: expected ${shapes[1]}, as the preset ${config.kind} has it, got ${shapes[0]}`,
        );
      }
      to.get(path)!.assign(from.get(path)!);
    }
    return made;
  } catch (error) {
    made.dispose();
    throw error;
  }
}
