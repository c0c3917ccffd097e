/** As much of Vite's import.meta.glob as is used here. */
interface ImportMeta {
  glob<T>(
    pattern: string,
    options: { query: string; import: string; eager: true },
  ): Readonly<Record<string, T>>;
}
