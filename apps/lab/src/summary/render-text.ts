import { Marked } from "marked";
import markedKatex from "marked-katex-extension";
import { unbroken } from "../text/unbroken";

// MathML alone: browsers draw it, and a page that is complete in itself needs no fonts for it.
const marked = new Marked(markedKatex({ throwOnError: true, nonStandard: true, output: "mathml" }));

/** Markdown with formulas in $…$ and $$…$$ as HTML. */
export const renderText = (markdown: string): string => unbroken(marked.parse(markdown) as string);
