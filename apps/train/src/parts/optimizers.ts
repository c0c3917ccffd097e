import type { Part } from "./part";

const beta1 = "share of the first moment that lives on [0.9]";
const beta2 = "share of the second moment that lives on [0.999]";
const eps = "added to the root of the second moment [1e-8]";

/** Optimizers of `@tx/training`, with the highest rate that small models usually bear. */
export const optimizers: readonly (Part & { readonly usualRate: number })[] = [
  {
    name: "adamw",
    says: "Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
    options: { beta1, beta2, eps },
    usualRate: 8e-3,
  },
  {
    name: "adam",
    says: "a rate for each weight; the decay is added to the gradient (Kingma and Ba 2015)",
    options: { beta1, beta2, eps },
    usualRate: 8e-3,
  },
  {
    name: "sgd",
    says: "gradient descent, with momentum if wanted",
    options: { momentum: "share of the velocity that lives on [0]", nesterov: "[false]" },
    usualRate: 0.5,
  },
  {
    name: "lion",
    says: "steps of one size by the sign of the momentum (Chen et al. 2023)",
    options: { beta1: "[0.9]", beta2: "[0.99]" },
    usualRate: 1e-3,
  },
  {
    name: "adafactor",
    says: "Adam-like steps in little memory (Shazeer and Stern 2018)",
    options: {
      eps: "added to squared gradients [1e-30]",
      clipThreshold: "updates are scaled down to this root mean square [1]",
      decayPower: "how fast the second moment's memory grows [0.8]",
      relativeStep: "multiplies the rate by the weights' own size [false]",
      beta1: "share of the last update in the next [0]",
    },
    usualRate: 8e-3,
  },
];
