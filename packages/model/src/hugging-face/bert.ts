import type {
  BertConfig,
  BertEncoderConfig,
  BertSequenceClassifierConfig,
  BertTokenClassifierConfig,
} from "../bert";
import { same } from "../checkpoint/tensor-link";
import { activationsByName, type HuggingFaceConfig, nameOfActivation } from "./hugging-face-config";
import { checkPositional, eachBlock, type Layout, linear, nameIn } from "./layout";

type AnyBert =
  | BertConfig
  | BertEncoderConfig
  | BertSequenceClassifierConfig
  | BertTokenClassifierConfig;

/** Which model of ours reads each of their architectures; the first of a kind is the one written. */
const kindOf: Readonly<Record<string, AnyBert["kind"]>> = {
  BertForMaskedLM: "bert",
  BertForPreTraining: "bert",
  BertModel: "bert-encoder",
  BertForSequenceClassification: "bert-sequence-classifier",
  BertForTokenClassification: "bert-token-classifier",
};

/** BERT, with the head that the architecture names. */
export const bertLayout: Layout<AnyBert> = {
  modelType: "bert",
  kinds: ["bert", "bert-encoder", "bert-sequence-classifier", "bert-token-classifier"],
  architectures: Object.keys(kindOf),

  read(config, architecture, { dropout }) {
    const dModel = config.count("hidden_size", 768);
    const maxLen = config.count("max_position_embeddings", 512);
    config.only("position_embedding_type", "absolute");
    config.only("is_decoder", false);
    config.only("add_cross_attention", false);
    config.only("tie_word_embeddings", true);
    const kind = kindOf[architecture]!;
    const hidden = config.number("hidden_dropout_prob", 0.1);
    const rates = { hidden_dropout_prob: 0.1, classifier_dropout: hidden };
    const fields = {
      ...{ version: 1, vocabSize: config.count("vocab_size", 30_522), maxLen, dModel },
      layers: config.count("num_hidden_layers", 12),
      heads: config.count("num_attention_heads", 12),
      dFF: config.count("intermediate_size", 3072),
      segments: config.count("type_vocab_size", 2),
      dropout: config.dropout(isClassifier(kind) ? rates : { hidden_dropout_prob: 0.1 }, dropout),
      attentionDropout: dropout ?? config.number("attention_probs_dropout_prob", 0.1),
      eps: config.number("layer_norm_eps", 1e-12),
      activation: config.choice("hidden_act", activationsByName, "gelu"),
      positional: { kind: "learned", version: 1, maxLen, dModel },
    } as const;
    // Of the classifiers TypeScript cannot tell which.
    const classes = isClassifier(kind) ? { classes: classesOf(config) } : {};
    return { kind, ...fields, ...classes } as AnyBert;
  },

  write(config) {
    checkPositional(config, "learned", "BERT");
    if (config.segments === 0) {
      throw new RangeError("config.segments: expected at least one sort, as BERT has, got 0");
    }
    const architecture = Object.keys(kindOf).find((name) => kindOf[name] === config.kind)!;
    return {
      ...{ architectures: [architecture], vocab_size: config.vocabSize },
      ...{ hidden_size: config.dModel, num_hidden_layers: config.layers },
      ...{ num_attention_heads: config.heads, intermediate_size: config.dFF },
      ...{ hidden_act: nameOfActivation(config.activation), type_vocab_size: config.segments },
      ...{ hidden_dropout_prob: config.dropout, layer_norm_eps: config.eps },
      attention_probs_dropout_prob: config.attentionDropout,
      ...{ max_position_embeddings: config.maxLen, position_embedding_type: "absolute" },
      ...("classes" in config && { id2label: labels(config.classes) }),
    };
  },

  links(config, has) {
    const { kind, layers } = config;
    const embeddings = "embeddings.word_embeddings.weight";
    // A BertModel by itself has no prefix.
    const bare = has(embeddings) || (kind === "bert-encoder" && !has(`bert.${embeddings}`));
    const prefix = bare ? "" : "bert.";
    // The first checkpoints call a norm's gain gamma, and its bias beta.
    const norm = (own: string, file: string) => [
      same(`${own}.gain`, nameIn(has, `${file}.gamma`, `${file}.weight`)),
      same(`${own}.bias`, nameIn(has, `${file}.beta`, `${file}.bias`)),
    ];
    const block = (n: number) => {
      const [own, file] = [`encoder.blocks.${n}`, `${prefix}encoder.layer.${n}`];
      return [
        ...["query", "key", "value"].flatMap((name) =>
          linear(`${own}.attention.${name}`, `${file}.attention.self.${name}`),
        ),
        ...linear(`${own}.attention.output`, `${file}.attention.output.dense`),
        ...norm(`${own}.attentionResidual.norm`, `${file}.attention.output.LayerNorm`),
        ...linear(`${own}.feedForward.expand`, `${file}.intermediate.dense`),
        ...linear(`${own}.feedForward.contract`, `${file}.output.dense`),
        ...norm(`${own}.feedForwardResidual.norm`, `${file}.output.LayerNorm`),
      ];
    };
    const transform = "cls.predictions.transform";
    const heads = {
      bert: [
        ...linear("head.dense", `${transform}.dense`),
        ...norm("head.norm", `${transform}.LayerNorm`),
        same("head.bias", nameIn(has, "cls.predictions.decoder.bias", "cls.predictions.bias")),
      ],
      "bert-encoder": linear("pooler.dense", `${prefix}pooler.dense`),
      "bert-sequence-classifier": [
        ...linear("pooler.dense", `${prefix}pooler.dense`),
        ...linear("classifier", "classifier"),
      ],
      "bert-token-classifier": linear("classifier", "classifier"),
    };
    return {
      links: [
        same("embedding.table", `${prefix}${embeddings}`),
        same("positional.embedding.table", `${prefix}embeddings.position_embeddings.weight`),
        same("embedding.segments.table", `${prefix}embeddings.token_type_embeddings.weight`),
        ...norm("embedding.norm", `${prefix}embeddings.LayerNorm`),
        ...eachBlock(layers, block),
        ...heads[kind],
      ],
      ignore: (name) => unused(name, kind),
    };
  },
};

const isClassifier = (kind: AnyBert["kind"]) => kind.endsWith("classifier");

/** As many as there are labels; two where none are named. */
function classesOf(config: HuggingFaceConfig): number {
  const named = config.object("id2label");
  return named ? Object.keys(named.json).length : config.count("num_labels", 2);
}

const labels = (classes: number) =>
  Object.fromEntries(Array.from({ length: classes }, (_, n) => [n, `LABEL_${n}`]));

/** Buffers, copies of tied weights, and the heads that a model of this kind does not have. */
function unused(name: string, kind: AnyBert["kind"]): boolean {
  if (name.endsWith("embeddings.position_ids")) return true;
  if (kind !== "bert") {
    const pools = kind === "bert-encoder" || kind === "bert-sequence-classifier";
    return name.startsWith("cls.") || (!pools && /^(bert\.)?pooler\./.test(name));
  }
  return (
    /^(bert\.)?pooler\.|^cls\.seq_relationship\./.test(name) ||
    // One of the two is read as the head's bias.
    /^cls\.predictions\.(decoder\.(weight|bias)|bias)$/.test(name)
  );
}
