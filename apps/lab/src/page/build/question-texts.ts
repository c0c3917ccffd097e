import { readFile } from "node:fs/promises";
import { Marked } from "marked";
import markedKatex from "marked-katex-extension";
import type { Plugin } from "vite";
import { parseText } from "../../text/parse-text";
import { unbroken } from "../../text/unbroken";

const QUERY = "?question";

/** A question's text as a module: Markdown and formulas become HTML when the page is built. */
export function questionTexts(): Plugin {
  const marked = new Marked(markedKatex({ throwOnError: true, nonStandard: true }));
  return {
    name: "question-texts",
    async load(id) {
      if (!id.endsWith(`.md${QUERY}`)) return;
      const file = id.slice(0, -QUERY.length);
      this.addWatchFile(file);
      try {
        const { question, answer } = parseText(await readFile(file, "utf8"));
        const teaser = unbroken(await marked.parseInline(firstSentence(answer)));
        const text = { question, teaser, answer: unbroken(await marked.parse(answer)) };
        return { code: `export default ${JSON.stringify(text)};`, map: null };
      } catch (error) {
        throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}

/** The first sentence of an answer, in Markdown. */
function firstSentence(answer: string): string {
  const paragraph = answer.split("\n\n", 1)[0]!.replaceAll("\n", " ");
  // A full stop within a formula ends nothing.
  const words = paragraph.replace(/\$+[^$]*\$+/g, (formula) => "x".repeat(formula.length));
  const end = /[.!?](?=\s|$)|[。！？]/.exec(words);
  return end ? paragraph.slice(0, end.index + 1) : paragraph;
}
