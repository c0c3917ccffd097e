import { type Tensor, type Tensor2D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { type Module, Rng } from "@tx/core";
import {
  bert,
  bertEncoder,
  bertSequenceClassifier,
  bertSizes,
  bertTokenClassifier,
  gpt,
  gptSizes,
  llama,
  llamaSizes,
  type PresetModel,
  t5,
  t5Sizes,
  transformerXL,
  transformerXLSizes,
  vanillaTransformer,
  vanillaTransformerSizes,
} from "../index";

/** A preset at its smallest size, and how to run it on a few tokens. */
export interface SmallPreset<Model extends PresetModel = PresetModel> {
  /** Also the kind of its config, where that is not named by the variant. */
  readonly name: string;
  make(options?: object, rng?: Rng): Model;
  /** Output of [2, 4] ids, or of two such for an encoder-decoder. */
  run(model: Model): Tensor;
  /** Shape of that output. */
  readonly shape: readonly number[];
}

export const ids = (...rows: number[][]): Tensor2D => tensor2d(rows, undefined, "int32");
const tokens = () => ids([3, 1, 4, 1], [5, 9, 2, 6]);
const source = () => ids([7, 2, 8, 1, 9], [1, 1, 3, 9, 5]);

type Reads = Module & { forward(ids: Tensor2D): Tensor };
type Translates = Module & { forward(source: Tensor2D, target: Tensor2D): Tensor };

function reads<Model extends PresetModel & Reads>(
  name: string,
  make: (options: object, rng: Rng) => Model,
  shape: readonly number[],
): SmallPreset {
  return {
    ...{ name, shape },
    make: (options = {}, rng = new Rng(3)) => make(options, rng),
    run: (model) => tidy(() => (model as Reads).forward(tokens())),
  };
}

function translates<Model extends PresetModel & Translates>(
  name: string,
  make: (options: object, rng: Rng) => Model,
): SmallPreset {
  return {
    ...{ name, shape: [2, 4, 13] },
    make: (options = {}, rng = new Rng(3)) => make(options, rng),
    run: (model) => tidy(() => (model as Translates).forward(source(), tokens())),
  };
}

/** Every preset there is. */
export const smallPresets: readonly SmallPreset[] = [
  reads("gpt", (options, rng) => gpt({ ...gptSizes.tiny, rng, ...options }), [2, 4, 11]),
  reads("llama", (options, rng) => llama({ ...llamaSizes.tiny, rng, ...options }), [2, 4, 11]),
  reads("bert", (options, rng) => bert({ ...bertSizes.tiny, rng, ...options }), [2, 4, 11]),
  reads(
    "bert-encoder",
    (options, rng) => bertEncoder({ ...bertSizes.tiny, rng, ...options }),
    [2, 6],
  ),
  reads(
    "bert-sequence-classifier",
    (options, rng) => bertSequenceClassifier({ ...bertSizes.tiny, classes: 3, rng, ...options }),
    [2, 3],
  ),
  reads(
    "bert-token-classifier",
    (options, rng) => bertTokenClassifier({ ...bertSizes.tiny, classes: 5, rng, ...options }),
    [2, 4, 5],
  ),
  reads(
    "transformer-xl",
    (options, rng) => transformerXL({ ...transformerXLSizes.tiny, rng, ...options }),
    [2, 4, 11],
  ),
  translates("vanilla-transformer", (options, rng) =>
    vanillaTransformer({ ...vanillaTransformerSizes.tiny, rng, ...options }),
  ),
  translates("t5", (options, rng) => t5({ ...t5Sizes.tiny, rng, ...options })),
];
