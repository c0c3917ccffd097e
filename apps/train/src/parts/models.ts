import type { Part } from "./part";

/** Shapes of models; which of them a task can train, the task says. */
export const models: readonly Part[] = [
  { name: "decoder", says: "each token sees those before it (Radford et al. 2018)" },
  {
    name: "encoder-decoder",
    says: "a decoder that looks at what an encoder made of the source (Vaswani et al. 2017)",
  },
  { name: "encoder", says: "each token sees all others (Devlin et al. 2019)" },
];
