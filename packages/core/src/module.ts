import { Tensor, Variable } from "@tensorflow/tfjs-core";

/**
 * Base of everything that owns tensors.
 *
 * A module's own properties are its parts: a Variable is a parameter, one that is not trainable
 * is state beside the parameters, any other Tensor a buffer, which no checkpoint holds, a Module (or
 * an array of them) a child. The path to a part in the code, such as
 * "blocks.0.attention.query.kernel", is also its name in a checkpoint. Parts must not be
 * #private, which would hide them.
 */
export abstract class Module {
  static [Symbol.hasInstance](candidate: unknown): boolean {
    if (typeof candidate !== "object" || candidate === null) return false;
    // A subclass inherits this method and is told apart by its prototype as usual.
    return this === Module
      ? "@tx/core/Module" in candidate
      : Object.prototype.isPrototypeOf.call(this.prototype, candidate);
  }

  /** Marks every Module, so that two installed copies of this package know each other's parts. */
  get "@tx/core/Module"(): true {
    return true;
  }

  /** Whether dropout is on, and batch norm counts. Off until {@link train}: a new model is repeatable. */
  training = false;

  /** Turns training on (or off) for this module and all within it. */
  train(on = true): this {
    for (const module of modulesOf(this, new Set())) module.training = on;
    return this;
  }

  /** Turns training off for this module and all within it. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Parameters by path, in the order of the code: the variables that are trainable. A shared one
   * appears once, at its first path.
   */
  parameters(): Map<string, Variable> {
    return new Map([...variablesOf(this)].filter(([, { trainable }]) => trainable));
  }

  /** Frees every tensor of this module and of all within it. A second call does nothing. */
  dispose(): void {
    for (const [, tensor] of tensorsOf(this, "", new Set())) {
      if (!tensor.isDisposed) tensor.dispose();
    }
  }
}

/** Every variable by path, trainable or not, each at its first path. */
export function variablesOf(module: Module): Map<string, Variable> {
  const found = new Map<Variable, string>();
  for (const [path, tensor] of tensorsOf(module, "", new Set())) {
    if (tensor instanceof Variable && !found.has(tensor)) found.set(tensor, path);
  }
  return new Map([...found].map(([tensor, path]) => [path, tensor]));
}

function* modulesOf(part: unknown, seen: Set<unknown>): Generator<Module> {
  if (!(part instanceof Module || Array.isArray(part)) || seen.has(part)) return;
  seen.add(part);
  if (part instanceof Module) yield part;
  for (const child of Object.values(part)) yield* modulesOf(child, seen);
}

// Sees each module once: a part may be shared, and may point back to what holds it.
function* tensorsOf(part: unknown, path: string, seen: Set<unknown>): Generator<[string, Tensor]> {
  if (part instanceof Tensor) {
    yield [path, part];
  } else if ((part instanceof Module || Array.isArray(part)) && !seen.has(part)) {
    seen.add(part);
    for (const [key, child] of Object.entries(part)) {
      yield* tensorsOf(child, path ? `${path}.${key}` : key, seen);
    }
  }
}
