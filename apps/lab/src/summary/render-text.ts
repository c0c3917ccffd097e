import { Marked } from "marked";
import markedKatex from "marked-katex-extension";

// MathML alone: browsers draw it, and a page that is complete in itself needs no fonts for it.
const marked = new Marked(markedKatex({ throwOnError: true, nonStandard: true, output: "mathml" }));

/** Markdown with formulas in $…$ and $$…$$ as HTML. */
export const renderText = (markdown: string): string => marked.parse(markdown) as string;
