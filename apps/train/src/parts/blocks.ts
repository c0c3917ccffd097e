import type { Part } from "./part";

/** What tokens are read as: how large they are in the stream at first, beside positions that are added. */
export const embeddings: readonly Part[] = [
  { name: "small", says: "numbers of standard deviation 0.02, as GPT-2's (Radford et al. 2019)" },
  {
    name: "unit",
    says: "of 1: of 1 / √width in the table, times √width (Vaswani et al. 2017)",
  },
];

/** Norms of `@tx/norm`. */
export const norms: readonly Part[] = [
  { name: "layer", says: "by mean and variance of the features (Ba et al. 2016)" },
  { name: "rms", says: "by the root mean square of the features (Zhang and Sennrich 2019)" },
  { name: "scale", says: "to one learned length (Nguyen and Salazar 2019)" },
  { name: "batch", says: "each feature by its statistics over batch and places" },
];

/** Feed-forwards of `@tx/ffn`: the activation, and whether there is a gate; or several of them. */
export const feedForwards: readonly (Part &
  ({ readonly activation: string; readonly gated: boolean } | { readonly mixed: true }))[] = [
  {
    name: "gelu-tanh",
    says: "GELU as GPT-2 approximates it",
    activation: "gelu-tanh",
    gated: false,
  },
  {
    name: "gelu",
    says: "GELU, exactly (Hendrycks and Gimpel 2016)",
    activation: "gelu",
    gated: false,
  },
  { name: "relu", says: "as in the paper of 2017", activation: "relu", gated: false },
  {
    name: "squared-relu",
    says: "relu(x)² (So et al. 2021)",
    activation: "squared-relu",
    gated: false,
  },
  { name: "silu", says: "x · sigmoid(x)", activation: "silu", gated: false },
  { name: "mish", says: "x · tanh(softplus(x)) (Misra 2019)", activation: "mish", gated: false },
  {
    name: "glu",
    says: "a gate with sigmoid (Dauphin et al. 2017)",
    activation: "sigmoid",
    gated: true,
  },
  { name: "reglu", says: "a gate with ReLU (Shazeer 2020)", activation: "relu", gated: true },
  { name: "geglu", says: "a gate with GELU (Shazeer 2020)", activation: "gelu", gated: true },
  { name: "swiglu", says: "a gate with SiLU (Shazeer 2020)", activation: "silu", gated: true },
  {
    name: "moe",
    says: "experts, of which a router gives each token some (Fedus et al. 2021)",
    options: {
      experts: "how many there are [4]",
      topK: "how many each token goes to [1]",
      capacityFactor: "room of an expert, 1 is an equal share of the tokens [1.25]",
      expert: 'what each is, another --ffn ["gelu-tanh"]',
      balance: "weight in the loss of how unevenly experts are chosen [0.01]",
      zLoss: "weight in the loss of how large the router's logits are [0.001]",
    },
    mixed: true,
  },
];

/** Policies of `@tx/model`'s Residual. */
export const residuals: readonly (Part & { readonly policy: string })[] = [
  { name: "pre", says: "x + F(norm(x)) (Xiong et al. 2020)", policy: "preNorm" },
  { name: "post", says: "norm(x + F(x)) (Vaswani et al. 2017)", policy: "postNorm" },
  {
    name: "sandwich",
    says: "x + norm(F(norm(x))) (Ding et al. 2021)",
    policy: "sandwichNorm",
  },
  { name: "deep", says: "norm(α x + F(x)) (Wang et al. 2022)", policy: "deepNorm" },
  { name: "rezero", says: "x + a · F(x), a from 0 (Bachlechner et al. 2020)", policy: "reZero" },
  { name: "none", says: "F(norm(x)): what the stream is worth", policy: "noResidual" },
];

/** How heads share keys and values. */
export const attentions: readonly Part[] = [
  { name: "multi-head", says: "each head has keys and values of its own (Vaswani et al. 2017)" },
  { name: "grouped", says: "heads share --kv-heads of them (Ainslie et al. 2023)" },
  { name: "multi-query", says: "all heads share one (Shazeer 2019)" },
];

/** Score functions of `@tx/attention`. */
export const scores: readonly Part[] = [
  { name: "dot", says: "scaled dot products (Vaswani et al. 2017)" },
  { name: "unscaled", says: "dot products as they are" },
  {
    name: "cosine",
    says: "cosines with a learned scale a head (Henry et al. 2020)",
    options: { scale: "its first value [10]" },
  },
  {
    name: "additive",
    says: "a small network of query and key (Bahdanau et al. 2015)",
    options: { hiddenDim: "width of the network [that of a head]" },
  },
];
