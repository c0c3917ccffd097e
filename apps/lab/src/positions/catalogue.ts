import type { Positional, Rng } from "@tx/core";
import { sinusoidal } from "@tx/positional";

/** Sizes that the strategies on the page are made for. */
export interface PageSizes {
  readonly dModel: number;
  readonly heads: number;
  readonly headDim: number;
  readonly maxLen: number;
  readonly rng: Rng;
}

/** One strategy of the page. */
export interface Entry {
  readonly name: string;
  /** What it does, in a sentence. */
  readonly says: string;
  readonly paper: string;
  readonly link: string;
  /** How it is written. */
  readonly code: string;
  make(sizes: PageSizes): Positional;
}

/** The strategies of @tx/positional in the order of the page. */
export const catalogue: readonly Entry[] = [
  {
    name: "Sinusoidal",
    says: "Adds fixed waves of the position to the embeddings, from fast to slow ones.",
    paper: "Vaswani et al. 2017, §3.5",
    link: "https://arxiv.org/abs/1706.03762",
    code: "sinusoidal({ dModel })",
    make: ({ dModel }) => sinusoidal({ dModel }),
  },
];
