/** Names that code takes from packages. */
export class Imports {
  readonly #names = new Map<string, Set<string>>();

  /** @returns The name, which is imported then. */
  take(from: string, name: string): string {
    this.#names.set(from, (this.#names.get(from) ?? new Set<string>()).add(name));
    return name;
  }

  get lines(): string[] {
    return [...this.#names]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([from, names]) => `import { ${[...names].sort().join(", ")} } from "${from}";`);
  }
}
