import type { Module } from "./module";
import { withoutValues } from "./without-values";

/**
 * How many numbers the parameters of a module have in all, a shared one counted once.
 *
 * @param subject A module; or what makes one, which is then made {@link withoutValues} and disposed:
 *   the largest model is counted in no memory.
 */
export function countParameters(subject: Module | (() => Module)): number {
  if (typeof subject !== "function") return sizeOf(subject);
  const module = withoutValues(subject);
  try {
    return sizeOf(module);
  } finally {
    module.dispose();
  }
}

function sizeOf(module: Module): number {
  return [...module.parameters().values()].reduce((sum, { size }) => sum + size, 0);
}
