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
  scaledRope,
  shaw,
  sinusoidal,
  t5Bias,
  trainedSinusoidal,
  transformerXL,
  xpos,
} from "@tx/positional";
import { type Text, text } from "../experiment/experiment";

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
  readonly name: Text;
  /** What it does, in a sentence. */
  readonly says: Text;
  /** Where it comes from; undefined where nowhere in particular. */
  readonly paper?: { readonly name: string; readonly link: string };
  /** How it is written. */
  readonly code: string;
  make(sizes: PageSizes): Positional;
}

/** The strategies of @tx/positional in the order of the page. */
export const catalogue: readonly Entry[] = [
  {
    name: text("Sinusoidal", "正弦编码"),
    says: text(
      "Adds fixed waves of the position to the embeddings, from fast ones to slow ones.",
      "在词嵌入上加上由位置决定的固定波，从快波到慢波。",
    ),
    paper: { name: "Vaswani et al. 2017", link: "https://arxiv.org/abs/1706.03762" },
    code: "sinusoidal({ dModel })",
    make: ({ dModel }) => sinusoidal({ dModel }),
  },
  {
    name: text("Sinusoidal, concatenated", "正弦编码（拼接）"),
    says: text(
      "The same waves with all sines before all cosines, as Transformer-XL has them.",
      "同样的波，但所有正弦在前、余弦在后，与 Transformer-XL 相同。",
    ),
    paper: { name: "Vaswani et al. 2017", link: "https://arxiv.org/abs/1706.03762" },
    code: 'sinusoidal({ dModel, layout: "concat" })',
    make: ({ dModel }) => sinusoidal({ dModel, layout: "concat" }),
  },
  {
    name: text("Learned", "可学习的位置表"),
    says: text(
      "Adds a learned vector a position; begins as small noise.",
      "为每个位置加上一个可学习的向量；初始时是小噪声。",
    ),
    paper: { name: "Gehring et al. 2017", link: "https://arxiv.org/abs/1705.03122" },
    code: "learned({ maxLen, dModel, rng })",
    make: (sizes) => learned(sizes),
  },
  {
    name: text("Trained sinusoidal", "可训练的正弦编码"),
    says: text(
      "A learned table that begins as the waves.",
      "以正弦波初始化、随后参与训练的位置表。",
    ),
    paper: { name: "Vaswani et al. 2017", link: "https://arxiv.org/abs/1706.03762" },
    code: "trainedSinusoidal({ maxLen, dModel })",
    make: (sizes) => trainedSinusoidal(sizes),
  },
  {
    name: text("Axial, concatenated", "轴向编码（拼接）"),
    says: text(
      "A vector of the row beside a vector of the column; positions fill a grid.",
      "行向量与列向量并排；位置填满一个网格。",
    ),
    paper: { name: "Kitaev et al. 2020", link: "https://arxiv.org/abs/2001.04451" },
    code: "axial({ maxLen, dModel, rng })",
    make: (sizes) => axial({ ...sizes, init: normal(0.3, sizes.rng) }),
  },
  {
    name: text("Axial, summed", "轴向编码（相加）"),
    says: text("The sum of a vector of the row and one of the column.", "行向量与列向量之和。"),
    paper: { name: "Ho et al. 2019", link: "https://arxiv.org/abs/1912.12180" },
    code: 'axial({ maxLen, dModel, combine: "sum", rng })',
    make: (sizes) => axial({ ...sizes, combine: "sum", init: normal(0.3, sizes.rng) }),
  },
  {
    name: text("RoPE", "旋转编码 RoPE"),
    says: text(
      "Turns pairs of features by the position, so that scores see the distance.",
      "按位置旋转成对的特征，使分数只看到距离。",
    ),
    paper: { name: "Su et al. 2021", link: "https://arxiv.org/abs/2104.09864" },
    code: "rope({ headDim })",
    make: ({ headDim }) => rope({ headDim }),
  },
  {
    name: text("RoPE, linear scaling", "RoPE（线性缩放）"),
    says: text("Positions divided by a factor, here 4.", "位置除以一个倍数，这里是 4。"),
    paper: { name: "Chen et al. 2023", link: "https://arxiv.org/abs/2306.15595" },
    code: 'scaledRope({ headDim, scaling: { type: "linear", factor: 4 } })',
    make: ({ headDim }) => scaledRope({ headDim, scaling: { type: "linear", factor: 4 } }),
  },
  {
    name: text("RoPE, NTK", "RoPE（NTK）"),
    says: text(
      "Slow pairs turn slower, fast ones as before; by a larger base, factor 4.",
      "用更大的底数：慢的特征对转得更慢，快的不变，倍数为 4。",
    ),
    paper: { name: "Peng et al. 2023, after bloc97", link: "https://arxiv.org/abs/2309.00071" },
    code: 'scaledRope({ headDim, scaling: { type: "ntk", factor: 4 } })',
    make: ({ headDim }) => scaledRope({ headDim, scaling: { type: "ntk", factor: 4 } }),
  },
  {
    name: text("RoPE, dynamic NTK", "RoPE（动态 NTK）"),
    says: text(
      "As much of NTK as the length needs, here for a model trained with 8 tokens.",
      "按长度需要施加 NTK，这里假设模型以 8 个词元训练。",
    ),
    paper: { name: "Peng et al. 2023, after emozilla", link: "https://arxiv.org/abs/2309.00071" },
    code: 'scaledRope({ headDim, scaling: { type: "dynamic-ntk", factor: 2, originalMaxLen: 8 } })',
    make: ({ headDim }) =>
      scaledRope({ headDim, scaling: { type: "dynamic-ntk", factor: 2, originalMaxLen: 8 } }),
  },
  {
    name: text("RoPE, YaRN", "RoPE（YaRN）"),
    says: text(
      "Pairs that turn seldom are slowed down, those that turn often are not; scores grow.",
      "转得少的特征对被放慢，转得多的不变；分数随之增大。",
    ),
    paper: { name: "Peng et al. 2023", link: "https://arxiv.org/abs/2309.00071" },
    code: 'scaledRope({ headDim, scaling: { type: "yarn", factor: 4, originalMaxLen: 64 } })',
    make: ({ headDim }) =>
      scaledRope({ headDim, scaling: { type: "yarn", factor: 4, originalMaxLen: 64 } }),
  },
  {
    name: text("RoPE, Llama 3", "RoPE（Llama 3）"),
    says: text(
      "Long waves are slowed down, short ones are not, those between are mixed.",
      "长波被放慢，短波不变，介于其间的取混合。",
    ),
    paper: { name: "Grattafiori et al. 2024", link: "https://arxiv.org/abs/2407.21783" },
    code: 'scaledRope({ headDim, scaling: { type: "llama3", factor: 8, originalMaxLen: 64 } })',
    make: ({ headDim }) =>
      scaledRope({ headDim, scaling: { type: "llama3", factor: 8, originalMaxLen: 64 } }),
  },
  {
    name: text("RoPE, LongRoPE", "RoPE（LongRoPE）"),
    says: text(
      "Each pair is slowed down by a factor of its own, past the trained length by others.",
      "每对特征各有自己的放慢倍数，超出训练长度后换另一组。",
    ),
    paper: { name: "Ding et al. 2024", link: "https://arxiv.org/abs/2402.13753" },
    code: 'scaledRope({ headDim, scaling: { type: "longrope", shortFactors, longFactors, originalMaxLen, factor } })',
    make: ({ headDim }) =>
      scaledRope({
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
    name: text("xPos", "xPos"),
    says: text(
      "RoPE whose scores also fade with the distance; causal attention only.",
      "在 RoPE 之上让分数随距离衰减；只用于因果注意力。",
    ),
    paper: { name: "Sun et al. 2022", link: "https://arxiv.org/abs/2212.10554" },
    code: "xpos({ headDim, scaleBase: 32 })",
    make: ({ headDim }) => xpos({ headDim, scaleBase: 32 }),
  },
  {
    name: text("ALiBi", "ALiBi"),
    says: text(
      "Scores fall with the distance, each head at a slope of its own.",
      "分数随距离线性下降，每个头有自己的斜率。",
    ),
    paper: { name: "Press et al. 2022", link: "https://arxiv.org/abs/2108.12409" },
    code: "alibi()",
    make: () => alibi(),
  },
  {
    name: text("T5", "T5 偏置"),
    says: text(
      "A learned bias a head for buckets of distances, exact ones near, wide ones far.",
      "每个头为距离分桶学习一个偏置：近处精确，远处粗略。",
    ),
    paper: { name: "Raffel et al. 2020", link: "https://arxiv.org/abs/1910.10683" },
    code: "t5Bias({ heads, buckets: 16, maxDistance: 20, rng })",
    make: (sizes) => t5Bias({ ...sizes, buckets: 16, maxDistance: 20 }),
  },
  {
    name: text("KERPLE, logarithmic", "KERPLE（对数）"),
    says: text(
      "Scores fall with the logarithm of the distance, at a learned rate a head.",
      "分数随距离的对数下降，每个头学习自己的速率。",
    ),
    paper: { name: "Chi et al. 2022", link: "https://arxiv.org/abs/2205.09921" },
    code: "kerple({ heads, rng })",
    make: (sizes) => kerple(sizes),
  },
  {
    name: text("KERPLE, power", "KERPLE（幂）"),
    says: text(
      "Scores fall with a learned power of the distance.",
      "分数随距离的某个学习到的幂下降。",
    ),
    paper: { name: "Chi et al. 2022", link: "https://arxiv.org/abs/2205.09921" },
    code: 'kerple({ heads, form: "power", rng })',
    make: (sizes) => kerple({ ...sizes, form: "power" }),
  },
  {
    name: text("FIRE", "FIRE"),
    says: text(
      "A small network of the distance as a share of the query's own position.",
      "一个小网络，输入是距离占查询自身位置的比例。",
    ),
    paper: { name: "Li et al. 2023", link: "https://arxiv.org/abs/2310.04418" },
    code: "fire({ heads, threshold: 8, rng })",
    make: (sizes) => fire({ ...sizes, threshold: 8 }),
  },
  {
    name: text("Shaw", "Shaw 相对位置"),
    says: text(
      "Adds a learned vector a clipped distance to keys, and one to values (not shown).",
      "为键加上截断距离的可学习向量，也为值加上一个（此处未画）。",
    ),
    paper: { name: "Shaw et al. 2018", link: "https://arxiv.org/abs/1803.02155" },
    code: "shaw({ headDim, clip: 6, rng })",
    make: (sizes) => shaw({ headDim: sizes.headDim, clip: 6, rng: sizes.rng }),
  },
  {
    name: text("Transformer-XL", "Transformer-XL"),
    says: text(
      "Scores projected waves of the distance; remembers earlier segments.",
      "用距离的投影波计分；记住之前的片段。",
    ),
    paper: { name: "Dai et al. 2019", link: "https://arxiv.org/abs/1901.02860" },
    code: "transformerXL({ dModel, heads, headDim, rng })",
    make: (sizes) => transformerXL({ ...sizes, init: normal(0.1, sizes.rng) }),
  },
  {
    name: text("CoPE", "CoPE"),
    says: text(
      "Counts only the tokens that a query's own scores count, here all alike.",
      "只数查询自己的分数认为该数的词元，这里全都一样。",
    ),
    paper: { name: "Golovneva et al. 2024", link: "https://arxiv.org/abs/2405.18719" },
    code: "cope({ headDim, maxPositions: 24, rng })",
    make: (sizes) => cope({ headDim: sizes.headDim, maxPositions: 24, rng: sizes.rng }),
  },
  {
    name: text("DAPE around KERPLE", "DAPE（基于 KERPLE）"),
    says: text(
      "Lets a small network adapt another strategy's bias to the scores.",
      "让一个小网络根据分数调整另一种编码的偏置。",
    ),
    paper: { name: "Zheng et al. 2024", link: "https://arxiv.org/abs/2405.14722" },
    code: "dape({ around: kerple({ heads, rng }), heads, rng })",
    make: (sizes) => dape({ around: kerple(sizes), heads: sizes.heads, rng: sizes.rng }),
  },
  {
    name: text("NoPE", "无位置编码 NoPE"),
    says: text(
      "Adds nothing: only the causal mask tells what came before.",
      "什么也不加：只有因果掩码说明先后。",
    ),
    paper: { name: "Kazemnejad et al. 2023", link: "https://arxiv.org/abs/2305.19466" },
    code: "nope()",
    make: () => nope(),
  },
  {
    name: text("Several at once", "多种并用"),
    says: text(
      "RoPE and ALiBi together: scores turn, and fall with the distance.",
      "RoPE 与 ALiBi 同用：分数既旋转，又随距离下降。",
    ),
    code: "combined([rope({ headDim }), alibi()])",
    make: ({ headDim }) => combined([rope({ headDim }), alibi()]),
  },
];
