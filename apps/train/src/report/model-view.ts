import { dispose, type Tensor4D, tensor2d } from "@tensorflow/tfjs-core";
import { MaskedLanguageModel } from "@tx/model";
import { type Induced, inducedBy } from "@tx/positional";
import type { Config } from "../config/config";
import { decoderModel, encoderDecoderModel, type Model } from "../parts/build-model";
import type { Example, LabelledTokens, Task } from "../tasks/task";

/** Weights of attention on an example. */
export interface AttentionView {
  readonly title: string;
  /** What rows and columns are. */
  readonly note: string;
  /** [layers][heads][queries][keys] */
  readonly layers: readonly (readonly (readonly (readonly number[])[])[])[];
  /** The queries' tokens, and the keys'. */
  readonly labels: { readonly rows: readonly string[]; readonly columns: readonly string[] };
}

/** Numbers of a trained model to look at. */
export interface ModelView {
  readonly attention: readonly AttentionView[];
  /** What positions do, in the first layer; null where they cannot be looked at alone. */
  readonly induced: Induced | null;
}

/** Tokens of the example, and positions that are looked at. */
const LENGTH = 24;

const note = "Rows are queries, columns the keys that they look at, on held-out tokens.";

/** Looks at a model's attention on an example of the task, and at its positions. */
export async function viewOf(model: Model, config: Config, task: Task): Promise<ModelView> {
  const example = task.example(LENGTH);
  const { source } = example;
  const attention =
    source === undefined
      ? await attentionOf(model, example)
      : await alignmentOf(model, example, source);
  return { attention, induced: await inducedOf(model, config) };
}

async function attentionOf(model: Model, { ids, labels }: Example): Promise<AttentionView[]> {
  const attention: Tensor4D[] = [];
  const input = rowOf(ids);
  const logits =
    model instanceof MaskedLanguageModel
      ? model.forward(input, { inspect: { attention } })
      : decoderModel(model).forward(input, undefined, undefined, { attention });
  try {
    const sides = { rows: labels, columns: labels };
    return [{ title: "Attention", note, layers: await valuesOf(attention), labels: sides }];
  } finally {
    dispose([input, logits, ...attention]);
  }
}

/** What an encoder-decoder looks at, first the source as the target is written. */
async function alignmentOf(
  model: Model,
  { ids, labels, written = labels }: Example,
  source: LabelledTokens,
): Promise<AttentionView[]> {
  const encoder: { attention: Tensor4D[] } = { attention: [] };
  const decoder: { attention: Tensor4D[]; crossAttention: Tensor4D[] } = {
    ...{ attention: [], crossAttention: [] },
  };
  const inputs = [rowOf(source.ids), rowOf(ids)] as const;
  const inspect = { encoder, decoder };
  const logits = encoderDecoderModel(model).forward(...inputs, { inspect });
  try {
    const { labels: read } = source;
    return [
      {
        title: "Alignment",
        note: "Rows are what is written, columns the source that the decoder looks at to write it.",
        layers: await valuesOf(decoder.crossAttention),
        labels: { rows: written, columns: read },
      },
      {
        ...{ title: "Attention of the encoder", note },
        layers: await valuesOf(encoder.attention),
        labels: { rows: read, columns: read },
      },
      {
        ...{ title: "Attention of the decoder", note },
        layers: await valuesOf(decoder.attention),
        labels: { rows: labels, columns: labels },
      },
    ];
  } finally {
    const noted = [...encoder.attention, ...decoder.attention, ...decoder.crossAttention];
    dispose([...inputs, logits, ...noted]);
  }
}

const rowOf = (ids: Int32Array) => tensor2d(ids, [1, ids.length], "int32");

async function valuesOf(layers: readonly Tensor4D[]): Promise<number[][][][]> {
  const values: number[][][][] = [];
  for (const weights of layers) values.push((await weights.array())[0]!);
  return values;
}

async function inducedOf(model: Model, config: Config): Promise<Induced | null> {
  const causal = !(model instanceof MaskedLanguageModel);
  const { positional } = causal ? model.decoder : model;
  if (!positional) return null;
  const { dModel, heads } = config;
  const length = Math.min(LENGTH, positional.maxLen ?? LENGTH);
  try {
    return await inducedBy(positional, { dModel, heads, headDim: dModel / heads, length, causal });
  } catch {
    // A strategy of one's own may need more than places to show what it does.
    return null;
  }
}
