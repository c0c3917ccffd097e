import { questions } from "virtual:lab";
import type { DescribedExperiment } from "../described";
import { language } from "../language";

interface QuestionText {
  readonly question: string;
  /** The first sentence of the answer, as HTML. */
  readonly teaser: string;
  /** As HTML. */
  readonly answer: string;
}

const files = import.meta.glob<QuestionText>("../../questions/*.md", {
  query: "?question",
  import: "default",
  eager: true,
});

/** A question's text in the language of the page. */
export function textOf(id: string): QuestionText {
  const found = files[`../../questions/${id}.${language.value}.md`];
  if (!found) throw new Error(`${id}: expected a text in ${language.value}, got none`);
  return found;
}

/** The question itself; undefined where there is none of that name. */
export const titleOf = (id: string): string | undefined => describedOf(id) && textOf(id).question;

export const describedOf = (id: string): DescribedExperiment | undefined =>
  questions.find((one) => one.id === id);

/** All questions, in their order. */
export const listed = () =>
  [...questions]
    .sort((a, b) => a.question - b.question)
    .map(({ id, question: number }) => ({ id, number, ...textOf(id) }));
