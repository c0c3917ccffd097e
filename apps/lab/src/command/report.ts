import type { Language } from "../experiment/experiment";
import type { Answer } from "../summary/answer";
import { readText } from "../text/read-text";

const against = { en: "Against the usual answer: ", zh: "与通常的回答不符：" };

/** What was found, for a terminal: the question, then a sentence a line. */
export function reportOf({ experiment, results, seconds }: Answer, language: Language): string {
  const { question } = readText(experiment.id, language);
  const lines = results.findings.map(
    ({ text, contradicts }) => `  - ${contradicts ? against[language] : ""}${text[language]}`,
  );
  const title = `${experiment.question}. ${question} (${experiment.id}, ${seconds.toFixed(1)} s)`;
  return [title, ...lines].join("\n");
}
