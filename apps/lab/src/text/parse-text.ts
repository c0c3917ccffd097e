/** A question's text: its first heading, and what is below. */
export interface QuestionText {
  readonly question: string;
  /** Markdown with formulas in $…$ and $$…$$. */
  readonly answer: string;
}

/** @throws Error if the text does not begin with a heading. */
export function parseText(markdown: string): QuestionText {
  const found = /^# (.+)\n+([\s\S]+)$/.exec(markdown);
  if (!found) throw new Error(`text: expected "# question" first, got ${markdown.slice(0, 40)}`);
  return { question: found[1]!.trim(), answer: found[2]!.trim() };
}
