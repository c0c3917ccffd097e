import { normal, type Positional, type Rng } from "@tx/core";
import {
  alibi,
  axial,
  combined,
  cope,
  dape,
  fire,
  kerple,
  learned,
  nope,
  rope,
  shaw,
  sinusoidal,
  t5Bias,
  trainedSinusoidal,
  transformerXL,
  xpos,
} from "@tx/positional";

/** Sizes that the strategies on the page are made for. */
interface PageSizes {
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
  /** Where it comes from; undefined where nowhere in particular. */
  readonly paper?: { readonly name: string; readonly link: string };
  /** How it is written. */
  readonly code: string;
  make(sizes: PageSizes): Positional;
}

/** The strategies of @tx/positional in the order of the page. */
export const catalogue: readonly Entry[] = [
  {
    name: "Sinusoidal",
    says: "Adds fixed waves of the position to the embeddings, from fast ones to slow ones.",
    paper: { name: "Vaswani et al. 2017", link: "https://arxiv.org/abs/1706.03762" },
    code: "sinusoidal({ dModel })",
    make: ({ dModel }) => sinusoidal({ dModel }),
  },
  {
    name: "Sinusoidal, concatenated",
    says: "The same waves with all sines before all cosines, as Transformer-XL has them.",
    paper: { name: "Vaswani et al. 2017", link: "https://arxiv.org/abs/1706.03762" },
    code: 'sinusoidal({ dModel, layout: "concat" })',
    make: ({ dModel }) => sinusoidal({ dModel, layout: "concat" }),
  },
  {
    name: "Learned",
    says: "Adds a learned vector a position; begins as small noise.",
    paper: { name: "Gehring et al. 2017", link: "https://arxiv.org/abs/1705.03122" },
    code: "learned({ maxLen, dModel, rng })",
    make: (sizes) => learned(sizes),
  },
  {
    name: "Trained sinusoidal",
    says: "A learned table that begins as the waves.",
    paper: { name: "Vaswani et al. 2017", link: "https://arxiv.org/abs/1706.03762" },
    code: "trainedSinusoidal({ maxLen, dModel })",
    make: (sizes) => trainedSinusoidal(sizes),
  },
  {
    name: "Axial, concatenated",
    says: "A vector of the row beside a vector of the column; positions fill a grid.",
    paper: { name: "Kitaev et al. 2020", link: "https://arxiv.org/abs/2001.04451" },
    code: "axial({ maxLen, dModel, rng })",
    make: (sizes) => axial({ ...sizes, init: normal(0.3, sizes.rng) }),
  },
  {
    name: "Axial, summed",
    says: "The sum of a vector of the row and one of the column.",
    paper: { name: "Ho et al. 2019", link: "https://arxiv.org/abs/1912.12180" },
    code: 'axial({ maxLen, dModel, combine: "sum", rng })',
    make: (sizes) => axial({ ...sizes, combine: "sum", init: normal(0.3, sizes.rng) }),
  },
  {
    name: "RoPE",
    says: "Turns pairs of features by the position, so that scores see the distance.",
    paper: { name: "Su et al. 2021", link: "https://arxiv.org/abs/2104.09864" },
    code: "rope({ headDim })",
    make: ({ headDim }) => rope({ headDim }),
  },
  {
    name: "RoPE, linear scaling",
    says: "Positions divided by a factor, here 4.",
    paper: { name: "Chen et al. 2023", link: "https://arxiv.org/abs/2306.15595" },
    code: 'rope({ headDim, scaling: { type: "linear", factor: 4 } })',
    make: ({ headDim }) => rope({ headDim, scaling: { type: "linear", factor: 4 } }),
  },
  {
    name: "RoPE, NTK",
    says: "Slow pairs turn slower, fast ones as before; by a larger base, factor 4.",
    paper: { name: "Peng et al. 2023, after bloc97", link: "https://arxiv.org/abs/2309.00071" },
    code: 'rope({ headDim, scaling: { type: "ntk", factor: 4 } })',
    make: ({ headDim }) => rope({ headDim, scaling: { type: "ntk", factor: 4 } }),
  },
  {
    name: "RoPE, dynamic NTK",
    says: "As much of NTK as the length needs, here for a model trained with 8 tokens.",
    paper: { name: "Peng et al. 2023, after emozilla", link: "https://arxiv.org/abs/2309.00071" },
    code: 'rope({ headDim, scaling: { type: "dynamic-ntk", factor: 2, originalMaxLen: 8 } })',
    make: ({ headDim }) =>
      rope({ headDim, scaling: { type: "dynamic-ntk", factor: 2, originalMaxLen: 8 } }),
  },
  {
    name: "RoPE, YaRN",
    says: "Pairs that turn seldom are slowed down, those that turn often are not; scores grow.",
    paper: { name: "Peng et al. 2023", link: "https://arxiv.org/abs/2309.00071" },
    code: 'rope({ headDim, scaling: { type: "yarn", factor: 4, originalMaxLen: 64 } })',
    make: ({ headDim }) =>
      rope({ headDim, scaling: { type: "yarn", factor: 4, originalMaxLen: 64 } }),
  },
  {
    name: "RoPE, Llama 3",
    says: "Long waves are slowed down, short ones are not, those between are mixed.",
    paper: { name: "Grattafiori et al. 2024", link: "https://arxiv.org/abs/2407.21783" },
    code: 'rope({ headDim, scaling: { type: "llama3", factor: 8, originalMaxLen: 64 } })',
    make: ({ headDim }) =>
      rope({ headDim, scaling: { type: "llama3", factor: 8, originalMaxLen: 64 } }),
  },
  {
    name: "RoPE, LongRoPE",
    says: "Each pair is slowed down by a factor of its own, past the trained length by others.",
    paper: { name: "Ding et al. 2024", link: "https://arxiv.org/abs/2402.13753" },
    code: 'rope({ headDim, scaling: { type: "longrope", shortFactors, longFactors, originalMaxLen, factor } })',
    make: ({ headDim }) =>
      rope({
        headDim,
        scaling: {
          type: "longrope",
          shortFactors: Array(headDim / 2).fill(1),
          longFactors: Array.from({ length: headDim / 2 }, (_, pair) => 1 + pair / 4),
          originalMaxLen: 8,
          factor: 4,
        },
      }),
  },
  {
    name: "xPos",
    says: "RoPE whose scores also fade with the distance; causal attention only.",
    paper: { name: "Sun et al. 2022", link: "https://arxiv.org/abs/2212.10554" },
    code: "xpos({ headDim, scaleBase: 32 })",
    make: ({ headDim }) => xpos({ headDim, scaleBase: 32 }),
  },
  {
    name: "ALiBi",
    says: "Scores fall with the distance, each head at a slope of its own.",
    paper: { name: "Press et al. 2022", link: "https://arxiv.org/abs/2108.12409" },
    code: "alibi()",
    make: () => alibi(),
  },
  {
    name: "T5",
    says: "A learned bias a head for buckets of distances, exact ones near, wide ones far.",
    paper: { name: "Raffel et al. 2020", link: "https://arxiv.org/abs/1910.10683" },
    code: "t5Bias({ heads, buckets: 16, maxDistance: 20, rng })",
    make: (sizes) => t5Bias({ ...sizes, buckets: 16, maxDistance: 20 }),
  },
  {
    name: "KERPLE, logarithmic",
    says: "Scores fall with the logarithm of the distance, at a learned rate a head.",
    paper: { name: "Chi et al. 2022", link: "https://arxiv.org/abs/2205.09921" },
    code: "kerple({ heads, rng })",
    make: (sizes) => kerple(sizes),
  },
  {
    name: "KERPLE, power",
    says: "Scores fall with a learned power of the distance.",
    paper: { name: "Chi et al. 2022", link: "https://arxiv.org/abs/2205.09921" },
    code: 'kerple({ heads, form: "power", rng })',
    make: (sizes) => kerple({ ...sizes, form: "power" }),
  },
  {
    name: "FIRE",
    says: "A small network of the distance as a share of the query's own position.",
    paper: { name: "Li et al. 2023", link: "https://arxiv.org/abs/2310.04418" },
    code: "fire({ heads, threshold: 8, rng })",
    make: (sizes) => fire({ ...sizes, threshold: 8 }),
  },
  {
    name: "Shaw",
    says: "Adds a learned vector a clipped distance to keys, and one to values (not shown).",
    paper: { name: "Shaw et al. 2018", link: "https://arxiv.org/abs/1803.02155" },
    code: "shaw({ headDim, clip: 6, rng })",
    make: (sizes) => shaw({ headDim: sizes.headDim, clip: 6, rng: sizes.rng }),
  },
  {
    name: "Transformer-XL",
    says: "Scores projected waves of the distance; remembers earlier segments.",
    paper: { name: "Dai et al. 2019", link: "https://arxiv.org/abs/1901.02860" },
    code: "transformerXL({ dModel, heads, headDim, rng })",
    make: (sizes) => transformerXL({ ...sizes, init: normal(0.1, sizes.rng) }),
  },
  {
    name: "CoPE",
    says: "Counts only the tokens that a query's own scores count, here all alike.",
    paper: { name: "Golovneva et al. 2024", link: "https://arxiv.org/abs/2405.18719" },
    code: "cope({ headDim, maxPositions: 24, rng })",
    make: (sizes) => cope({ headDim: sizes.headDim, maxPositions: 24, rng: sizes.rng }),
  },
  {
    name: "DAPE around KERPLE",
    says: "Lets a small network adapt another strategy's bias to the scores.",
    paper: { name: "Zheng et al. 2024", link: "https://arxiv.org/abs/2405.14722" },
    code: "dape({ around: kerple({ heads, rng }), heads, rng })",
    make: (sizes) => dape({ around: kerple(sizes), heads: sizes.heads, rng: sizes.rng }),
  },
  {
    name: "NoPE",
    says: "Adds nothing: only the causal mask tells what came before.",
    paper: { name: "Kazemnejad et al. 2023", link: "https://arxiv.org/abs/2305.19466" },
    code: "nope()",
    make: () => nope(),
  },
  {
    name: "Several at once",
    says: "RoPE and ALiBi together: scores turn, and fall with the distance.",
    code: "combined([rope({ headDim }), alibi()])",
    make: ({ headDim }) => combined([rope({ headDim }), alibi()]),
  },
];
