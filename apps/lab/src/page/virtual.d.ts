/// <reference types="vite/client" />

declare module "virtual:lab" {
  /** Experiments and strategies without what computes. */
  export const questions: readonly import("./described").DescribedExperiment[];
  export const strategies: readonly import("./described").DescribedStrategy[];
}

declare module "*.md?question" {
  /** A question's text; its answer, and the first sentence of it, as HTML. */
  const text: { readonly question: string; readonly teaser: string; readonly answer: string };
  export default text;
}

declare module "virtual:novel" {
  /** The first chapters of Moby Dick by Herman Melville. */
  const text: string;
  export default text;
}
