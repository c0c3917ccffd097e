import type { Tensor2D } from "@tensorflow/tfjs-core";
import { convertRotaryPairing } from "@tx/positional";
import { changed, same, type TensorLink, transposed } from "../checkpoint/tensor-link";
import type { LlamaConfig } from "../llama";
import { activationsByName, nameOfActivation } from "./hugging-face-config";
import { checkPositional, eachBlock, type Layout, linear, norm } from "./layout";
import { type RopeConfig, readRope, writeRope } from "./rope";

/** Llama. Its rotary features are in halves; a model of ours with them interleaved is turned. */
export const llamaLayout: Layout<LlamaConfig> = {
  modelType: "llama",
  kinds: ["llama"],
  architectures: ["LlamaForCausalLM"],

  read(config, _architecture, { dropout }) {
    const dModel = config.count("hidden_size", 4096);
    const heads = config.count("num_attention_heads", 32);
    const headDim = config.count("head_dim", dModel / heads);
    const maxLen = config.count("max_position_embeddings", 2048);
    config.only("attention_bias", false);
    config.only("mlp_bias", false);
    if (dropout === undefined) config.only("attention_dropout", 0);
    return {
      ...{ kind: "llama", version: 1, vocabSize: config.count("vocab_size", 32_000), maxLen },
      ...{ layers: config.count("num_hidden_layers", 32), heads, headDim, dModel },
      kvHeads: config.count("num_key_value_heads", heads),
      dFF: config.count("intermediate_size", 11_008),
      ...{ dropout: dropout ?? 0, eps: config.number("rms_norm_eps", 1e-6) },
      activation: config.choice("hidden_act", activationsByName, "silu"),
      tied: config.flag("tie_word_embeddings", false),
      positional: readRope(config, { headDim, maxLen }),
    };
  },

  write(config) {
    checkPositional(config, "rope", "Llama");
    return {
      ...{ architectures: ["LlamaForCausalLM"], vocab_size: config.vocabSize },
      ...{ hidden_size: config.dModel, intermediate_size: config.dFF, head_dim: config.headDim },
      ...{ num_hidden_layers: config.layers, num_attention_heads: config.heads },
      ...{ num_key_value_heads: config.kvHeads, hidden_act: nameOfActivation(config.activation) },
      ...{ max_position_embeddings: config.maxLen, rms_norm_eps: config.eps },
      ...{ attention_bias: false, mlp_bias: false, attention_dropout: 0 },
      ...{ tie_word_embeddings: config.tied, ...writeRope(config) },
    };
  },

  links(config, has) {
    const { layers, heads, kvHeads, tied } = config;
    const prefix = has("embed_tokens.weight") ? "" : "model.";
    const block = (n: number) => {
      const [own, file] = [`decoder.blocks.${n}`, `${prefix}layers.${n}`];
      const [attention, feedForward] = [`${own}.attention`, `${own}.feedForward`];
      return [
        ...norm(`${own}.attentionResidual.norm`, `${file}.input_layernorm`, false),
        turned(`${attention}.query.kernel`, `${file}.self_attn.q_proj.weight`, config, heads),
        turned(`${attention}.key.kernel`, `${file}.self_attn.k_proj.weight`, config, kvHeads),
        ...linear(`${attention}.value`, `${file}.self_attn.v_proj`, false),
        ...linear(`${attention}.output`, `${file}.self_attn.o_proj`, false),
        ...norm(`${own}.feedForwardResidual.norm`, `${file}.post_attention_layernorm`, false),
        ...linear(`${feedForward}.gate`, `${file}.mlp.gate_proj`, false),
        ...linear(`${feedForward}.up`, `${file}.mlp.up_proj`, false),
        ...linear(`${feedForward}.down`, `${file}.mlp.down_proj`, false),
      ];
    };
    return {
      links: [
        same("embedding.table", `${prefix}embed_tokens.weight`),
        ...eachBlock(layers, block),
        ...norm("decoder.norm", `${prefix}norm`, false),
        ...(tied ? [] : linear("head", "lm_head", false)),
      ],
      ignore: (name) =>
        name.endsWith(".rotary_emb.inv_freq") || (tied && name === "lm_head.weight"),
    };
  },
};

/** A projection whose features turn in pairs. */
function turned(own: string, file: string, config: LlamaConfig, heads: number): TensorLink {
  const link = transposed(own, file);
  const { headDim, pairing } = config.positional as RopeConfig;
  if (pairing === "half") return link;
  const sizes = { heads, headDim };
  return changed(link, {
    toOwn: (kernel) =>
      convertRotaryPairing(kernel as Tensor2D, { ...sizes, from: "half", to: pairing }),
    toFile: (kernel) =>
      convertRotaryPairing(kernel as Tensor2D, { ...sizes, from: pairing, to: "half" }),
  });
}
