import { readFileSync } from "node:fs";
import type { Language } from "../experiment/experiment";
import { parseText, type QuestionText } from "./parse-text";

/** The text of a question, from its file: for Node. A page bundles them instead. */
export const readText = (id: string, language: Language): QuestionText =>
  parseText(readFileSync(new URL(`../questions/${id}.${language}.md`, import.meta.url), "utf8"));
