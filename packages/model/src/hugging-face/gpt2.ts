import { fused, same } from "../checkpoint/tensor-link";
import type { GptConfig } from "../gpt";
import { activationsByName, nameOfActivation } from "./hugging-face-config";
import { checkPositional, checkSaid, eachBlock, type Layout, linear, norm } from "./layout";

/** GPT-2. Its Conv1D kernels are [in, out] as ours, query, key and value in one. */
export const gpt2Layout: Layout<GptConfig> = {
  modelType: "gpt2",
  kinds: ["gpt"],
  architectures: ["GPT2LMHeadModel", "GPT2Model"],

  read(config, _architecture, { dropout }) {
    const dModel = config.count("n_embd", 768);
    const maxLen = config.count("n_positions", 1024);
    config.only("scale_attn_weights", true);
    config.only("scale_attn_by_inverse_layer_idx", false);
    config.only("add_cross_attention", false);
    return {
      ...{ kind: "gpt", version: 1, vocabSize: config.count("vocab_size", 50_257), maxLen },
      ...{ layers: config.count("n_layer", 12), heads: config.count("n_head", 12), dModel },
      dFF: config.count("n_inner", 4 * dModel),
      dropout: config.dropout({ resid_pdrop: 0.1, embd_pdrop: 0.1, attn_pdrop: 0.1 }, dropout),
      ...{ bias: true, eps: config.number("layer_norm_epsilon", 1e-5) },
      activation: config.choice("activation_function", activationsByName, "gelu_new"),
      tied: config.flag("tie_word_embeddings", true),
      positional: { kind: "learned", version: 1, maxLen, dModel },
    };
  },

  write(config) {
    checkPositional(config, "learned", "GPT-2");
    checkSaid("bias", config.bias, true, "GPT-2");
    const { dropout } = config;
    return {
      ...{ architectures: ["GPT2LMHeadModel"], vocab_size: config.vocabSize },
      ...{ n_positions: config.maxLen, n_ctx: config.maxLen, n_embd: config.dModel },
      ...{ n_layer: config.layers, n_head: config.heads, n_inner: config.dFF },
      ...{ resid_pdrop: dropout, embd_pdrop: dropout, attn_pdrop: dropout },
      ...{ layer_norm_epsilon: config.eps, tie_word_embeddings: config.tied },
      activation_function: nameOfActivation(config.activation),
    };
  },

  links({ layers, tied }, has) {
    const prefix = has("wte.weight") ? "" : "transformer.";
    const conv = (own: string, file: string) => [
      same(`${own}.kernel`, `${file}.weight`),
      same(`${own}.bias`, `${file}.bias`),
    ];
    const block = (n: number) => {
      const [own, file] = [`decoder.blocks.${n}`, `${prefix}h.${n}`];
      const projections = (part: string) =>
        ["query", "key", "value"].map((name) => `${own}.attention.${name}.${part}`);
      return [
        ...norm(`${own}.attentionResidual.norm`, `${file}.ln_1`),
        fused(projections("kernel"), `${file}.attn.c_attn.weight`),
        fused(projections("bias"), `${file}.attn.c_attn.bias`),
        ...conv(`${own}.attention.output`, `${file}.attn.c_proj`),
        ...norm(`${own}.feedForwardResidual.norm`, `${file}.ln_2`),
        ...conv(`${own}.feedForward.expand`, `${file}.mlp.c_fc`),
        ...conv(`${own}.feedForward.contract`, `${file}.mlp.c_proj`),
      ];
    };
    return {
      links: [
        same("embedding.table", `${prefix}wte.weight`),
        same("positional.embedding.table", `${prefix}wpe.weight`),
        ...eachBlock(layers, block),
        ...norm("decoder.norm", `${prefix}ln_f`),
        ...(tied ? [] : linear("head", "lm_head", false)),
      ],
      // Causal masks that are kept as buffers, and a copy of the table.
      ignore: (name) => /\.attn\.(masked_)?bias$/.test(name) || (tied && name === "lm_head.weight"),
    };
  },
};
