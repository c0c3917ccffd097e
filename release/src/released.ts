import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  dispose,
  reshape,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
} from "@tensorflow/tfjs-core";
import { type Positional, Rng, stateOf } from "@tx/core";
import {
  bert,
  bertSequenceClassifier,
  gpt,
  llama,
  type PresetModel,
  t5,
  transformerXL,
  vanillaTransformer,
} from "@tx/model";
import {
  alibi,
  combined,
  cope,
  dape,
  fire,
  kerple,
  nope,
  rope,
  shaw,
  t5Bias,
  trainedSinusoidal,
  xpos,
} from "@tx/positional";
import { cosine, noam, type Schedule, sequence, warmup, warmupStableDecay } from "@tx/schedule";
import { AdamW, CharTokenizer, causalLoss, createTrainStep, type Run } from "@tx/training";

/** What released versions have saved, a folder each. */
const folder = fileURLToPath(new URL("../fixtures/released", import.meta.url));

/** The folder of a version. */
export const folderOf = (version: string): string => `${folder}/${version}`;

export const versions = (): string[] => readdirSync(folder).sort();

/** What a version said of its files, beside them. */
export interface Expected {
  /** Outputs on the same tokens by name of the model's file, all numbers of them. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Losses of the two steps after the saved run's. */
  readonly losses: readonly number[];
  /** Configs of schedules, and the rates of some steps. */
  readonly schedules: readonly { readonly config: unknown; readonly rates: readonly number[] }[];
  readonly tokenizer: { readonly config: unknown; readonly ids: readonly number[] };
}

const sizes = { vocabSize: 7, maxLen: 5, layers: 1, heads: 2, dModel: 4 };

/** Strategies that weights or options are saved of. */
const strategies = (rng: Rng): readonly Positional[] => [
  alibi(),
  cope({ headDim: 2, maxPositions: 4, rng }),
  dape({ around: alibi(), heads: 2, rng }),
  fire({ heads: 2, rng }),
  kerple({ heads: 2, rng }),
  nope(),
  rope({ headDim: 2 }),
  shaw({ headDim: 2, clip: 3, rng }),
  t5Bias({ heads: 2, bidirectional: false, rng }),
  trainedSinusoidal({ maxLen: 5, dModel: 4 }),
  xpos({ headDim: 2 }),
  combined([rope({ headDim: 2 }), alibi()]),
];

/** One model of each preset, and a GPT with each of some strategies. */
export function makeModels(): Map<string, PresetModel> {
  const rng = new Rng(11);
  const pair = { vocabSize: 7, layers: 1, heads: 2, dModel: 4, rng };
  const models = new Map<string, PresetModel>([
    ["gpt", gpt({ ...sizes, rng })],
    ["llama", llama({ ...sizes, kvHeads: 1, dFF: 5, rng })],
    ["bert", bert({ ...sizes, rng })],
    ["bert-sequence-classifier", bertSequenceClassifier({ ...sizes, classes: 3, rng })],
    ["t5", t5({ ...pair, dFF: 5 })],
    ["transformer-xl", transformerXL({ ...pair, memoryLen: 3 })],
    ["vanilla-transformer", vanillaTransformer(pair)],
    ...strategies(rng).map((positional): [string, PresetModel] => [
      `gpt-${positional.kind}`,
      gpt({ ...sizes, positional, rng }),
    ]),
  ]);
  for (const model of models.values()) drawAll(model, rng);
  return models;
}

/** Large numbers everywhere, so that no weight is without a say. */
function drawAll(model: PresetModel, rng: Rng): void {
  for (const variable of stateOf(model).values()) {
    const numbers = Float32Array.from({ length: variable.size }, () => 2 * rng.uniform() - 1);
    tidy(() => variable.assign(reshape(tensor1d(numbers), variable.shape)));
  }
}

const tokens = (): Tensor2D => tensor2d([[3, 1, 4, 1]], [1, 4], "int32");

/** The output of a model on the same tokens, given twice to one that has an encoder too. */
export function outputOf(model: PresetModel): Tensor {
  const call = model as unknown as { forward(...ids: Tensor2D[]): Tensor };
  const translates = model.config.kind === "t5" || model.config.kind === "vanilla-transformer";
  return tidy(() => call.forward(...(translates ? [tokens(), tokens()] : [tokens()])));
}

/** A run of a GPT with dropout, and what trains it. */
export function makeRun(): Run & { step(): Promise<number>; dispose(): void } {
  const dropout = new Rng(5);
  const model = gpt({ ...sizes, dropout: 0.2, rng: dropout }).train();
  const optimizer = new AdamW({ parameters: model.parameters() });
  const trainStep = createTrainStep({
    ...{ model, optimizer, schedule: () => 0.01, maxNorm: 1 },
    loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
  });
  return {
    ...{ model, optimizer, random: { dropout }, cursor: { epoch: 1 }, config: { lr: 0.01 } },
    async step() {
      const batch = tokens();
      const { loss, gradientNorm } = trainStep(batch);
      const [value] = await loss.data();
      dispose([batch, loss, gradientNorm]);
      return value!;
    },
    dispose() {
      optimizer.dispose();
      model.dispose();
    },
  };
}

export const makeSchedules = (): Schedule[] => [
  noam({ dModel: 4, warmupSteps: 3 }),
  cosine({ peak: 0.01, warmupSteps: 2, totalSteps: 9 }),
  warmup(cosine({ peak: 0.01, totalSteps: 9 }), { warmupSteps: 2 }),
  sequence([cosine({ peak: 0.1, totalSteps: 4 }), noam({ dModel: 4, warmupSteps: 3 })], [5]),
  warmupStableDecay({ peak: 0.1, warmupSteps: 2, stableSteps: 3, decaySteps: 4 }),
];

/** The rates of the steps that are compared. */
export const ratesOf = (schedule: Schedule): number[] =>
  Array.from({ length: 9 }, (_, step) => schedule(schedule.firstStep + step));

export const text = "zß🐋 aab";

export const makeTokenizer = () => CharTokenizer.of(text, { unknown: "_" });
