/**
 * Makes sure that a config asks for no more blocks than its file could hold, each of which has a
 * tensor at least: parts take memory even where their weights take none.
 *
 * @param tensors Number of tensors in the file.
 * @throws Error `config.layers: expected …, got …`
 */
export function checkLayers(config: unknown, tensors: number): void {
  const { layers } = (config ?? {}) as { layers?: unknown };
  if (typeof layers === "number" && layers > tensors) {
    throw new Error(
      `config.layers: expected at most the ${tensors} that the file has tensors for, got ${layers}`,
    );
  }
}
