import { same } from "../checkpoint/tensor-link";
import type { T5Config } from "../t5";
import type { HuggingFaceConfig } from "./hugging-face-config";
import { checkPositional, checkSaid, eachBlock, type Layout, linear, norm } from "./layout";

type FeedForward = Pick<T5Config, "gated" | "activation">;

/** `feed_forward_proj`. With a gate their "gelu" is the tanh form. */
const feedForwards: Readonly<Record<string, FeedForward>> = {
  relu: { gated: false, activation: "relu" },
  gelu: { gated: false, activation: "gelu" },
  gelu_new: { gated: false, activation: "gelu-tanh" },
  silu: { gated: false, activation: "silu" },
  "gated-gelu": { gated: true, activation: "gelu-tanh" },
  "gated-relu": { gated: true, activation: "relu" },
  "gated-silu": { gated: true, activation: "silu" },
};

/** T5 and T5 1.1. */
export const t5Layout: Layout<T5Config> = {
  modelType: "t5",
  kinds: ["t5"],
  architectures: ["T5ForConditionalGeneration", "T5WithLMHeadModel"],

  read(config, _architecture, { dropout }) {
    const [layers, heads] = [config.count("num_layers", 6), config.count("num_heads", 8)];
    config.only("num_decoder_layers", layers);
    const sides = biasOf(config, heads);
    return {
      ...{ kind: "t5", version: 1, vocabSize: config.count("vocab_size", 32_128), layers, heads },
      ...{ headDim: config.count("d_kv", 64), dModel: config.count("d_model", 512) },
      ...{ dFF: config.count("d_ff", 2048), tied: config.flag("tie_word_embeddings", true) },
      ...config.choice("feed_forward_proj", feedForwards, "relu"),
      dropout: config.dropout({ dropout_rate: 0.1 }, dropout),
      eps: config.number("layer_norm_epsilon", 1e-6),
      positional: { ...sides, bidirectional: true },
      decoderPositional: { ...sides, bidirectional: false },
    };
  },

  write(config) {
    const { positional, decoderPositional, gated, activation } = config;
    checkPositional(config, "t5", "T5");
    checkPositional({ positional: decoderPositional }, "t5", "T5");
    const side = positional as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(decoderPositional)) {
      const expected = name === "bidirectional" ? false : side[name];
      checkSaid(`decoderPositional.${name}`, value, expected, "T5");
    }
    checkSaid("positional.bidirectional", side.bidirectional, true, "T5");
    const proj = Object.entries(feedForwards).find(
      ([, ours]) => ours.gated === gated && ours.activation === activation,
    );
    if (!proj) {
      const sort = gated ? "with" : "without";
      throw new RangeError(
        `config.activation: expected one that T5 has ${sort} a gate, got "${activation}"`,
      );
    }
    return {
      ...{ architectures: ["T5ForConditionalGeneration"], is_encoder_decoder: true },
      ...{ vocab_size: config.vocabSize, d_model: config.dModel, d_kv: config.headDim },
      ...{ d_ff: config.dFF, num_layers: config.layers, num_decoder_layers: config.layers },
      ...{ num_heads: config.heads, relative_attention_num_buckets: side.buckets },
      ...{ relative_attention_max_distance: side.maxDistance, dropout_rate: config.dropout },
      ...{ layer_norm_epsilon: config.eps, feed_forward_proj: proj[0] },
      ...{ tie_word_embeddings: config.tied, pad_token_id: 0, eos_token_id: 1 },
      decoder_start_token_id: 0,
    };
  },

  links({ layers, gated, tied }) {
    const sublayer = (side: string, n: number, layer: number) =>
      `${side}.block.${n}.layer.${layer}`;
    const attention = (own: string, file: string) =>
      Object.entries({ query: "q", key: "k", value: "v", output: "o" }).flatMap(([ours, theirs]) =>
        linear(`${own}.${ours}`, `${file}.${theirs}`, false),
      );
    const feedForward = (own: string, file: string) => {
      const maps = gated
        ? { gate: "wi_0", up: "wi_1", down: "wo" }
        : { expand: "wi", contract: "wo" };
      return Object.entries(maps).flatMap(([ours, theirs]) =>
        linear(`${own}.${ours}`, `${file}.DenseReluDense.${theirs}`, false),
      );
    };
    const block = (side: "encoder" | "decoder") => (n: number) => {
      const own = `${side}.blocks.${n}`;
      const [self, cross, last] = [0, 1, side === "decoder" ? 2 : 1].map((layer) =>
        sublayer(side, n, layer),
      ) as [string, string, string];
      return [
        ...attention(`${own}.attention`, `${self}.SelfAttention`),
        ...norm(`${own}.attentionResidual.norm`, `${self}.layer_norm`, false),
        ...(side === "encoder"
          ? []
          : [
              ...attention(`${own}.crossAttention`, `${cross}.EncDecAttention`),
              ...norm(`${own}.crossResidual.norm`, `${cross}.layer_norm`, false),
            ]),
        ...feedForward(`${own}.feedForward`, last),
        ...norm(`${own}.feedForwardResidual.norm`, `${last}.layer_norm`, false),
      ];
    };
    const whole = (side: "encoder" | "decoder") => [
      // The first block's table is that of all.
      same(
        `${side}.positional.table`,
        `${sublayer(side, 0, 0)}.SelfAttention.relative_attention_bias.weight`,
      ),
      ...eachBlock(layers, block(side)),
      ...norm(`${side}.norm`, `${side}.final_layer_norm`, false),
    ];
    return {
      links: [
        same("embedding.table", "shared.weight"),
        ...whole("encoder"),
        ...whole("decoder"),
        ...(tied ? [] : linear("head", "lm_head", false)),
      ],
      // Copies of the table, and one that the first checkpoints hold but nothing reads.
      ignore: (name) =>
        /^(en|de)coder\.embed_tokens\.weight$/.test(name) ||
        name.endsWith(".EncDecAttention.relative_attention_bias.weight") ||
        (tied && name === "lm_head.weight"),
    };
  },
};

function biasOf(config: HuggingFaceConfig, heads: number) {
  return {
    ...{ kind: "t5", version: 1, heads },
    buckets: config.count("relative_attention_num_buckets", 32),
    maxDistance: config.count("relative_attention_max_distance", 128),
  };
}
