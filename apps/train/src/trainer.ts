import { dispose, type Scalar, type Tensor, tensor, tensor2d } from "@tensorflow/tfjs-core";
import { decodeSafetensors, encodeSafetensors, type HostTensor, Rng } from "@tx/core";
import { type CausalLanguageModel, decodeModel, encodeModel, type GptConfig, gpt } from "@tx/model";
import { cosine, noam, type Schedule } from "@tx/schedule";
import { AdamW, causalLoss, createTrainStep, type StepResult } from "@tx/training";
import { type Config, feedForwardWidth, warmupSteps } from "./config";
import type { RunState, SavedRun } from "./run-folder";
import { messageOf, UserError } from "./user-error";
import { drawBatch } from "./windows";

type Model = CausalLanguageModel<GptConfig>;

/** What one step tells, once it is read from the device. */
export interface StepLosses {
  /** Before the update, in nats per character. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly rate: number;
}

/** Seeds for the three streams of a run: none disturbs another. */
export function seedsOf(seed: number): { model: number; batches: number; sample: number } {
  const rng = new Rng(seed);
  return { model: rng.nextSeed(), batches: rng.nextSeed(), sample: rng.nextSeed() };
}

/** A model in training: everything that changes from step to step. */
export class Trainer {
  private readonly optimizer: AdamW;
  private readonly takeStep: (tokens: ReturnType<typeof tensor2d>) => StepResult;

  private constructor(
    readonly model: Model,
    private readonly config: Config,
    private readonly rng: { readonly model: Rng; readonly batches: Rng },
  ) {
    this.optimizer = new AdamW({
      parameters: model.parameters(),
      weightDecay: config.weightDecay,
    });
    this.takeStep = createTrainStep({
      model,
      loss: (tokens: ReturnType<typeof tensor2d>) =>
        causalLoss((ids) => model.forward(ids), tokens),
      optimizer: this.optimizer,
      schedule: scheduleOf(config),
      maxNorm: config.clip,
      // The program ends at a loss that is no number, and tells the step.
      nonFinite: "apply",
    });
  }

  /** A new model, the same for the same seed. */
  static create(config: Config, vocabSize: number): Trainer {
    const { layers, heads, dModel, dropout, positional } = config;
    const seeds = seedsOf(config.seed);
    const rng = new Rng(seeds.model);
    const model = gpt({
      ...{ vocabSize, layers, heads, dModel, dropout, positional, rng },
      maxLen: config.length,
      dFF: feedForwardWidth(config),
    });
    return new Trainer(model, config, { model: rng, batches: new Rng(seeds.batches) });
  }

  /**
   * The model of a saved run, at the step where it was saved.
   *
   * @throws UserError that names the file which does not fit.
   */
  static load({ model: bytes, optimizer, state }: SavedRun, config: Config): Trainer {
    const rng = new Rng(0);
    const model = named(() => decodeModel(bytes, "model.safetensors", rng) as Model);
    rng.state = state.random.model;
    const batches = Rng.fromState(state.random.batches);
    const trainer = new Trainer(model, config, { model: rng, batches });
    named(() => trainer.loadOptimizer(optimizer, state.step));
    return trainer;
  }

  /** Training steps that are done. */
  get steps(): number {
    return this.optimizer.steps;
  }

  get parameterCount(): number {
    return [...this.model.parameters().values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Trains on one batch of the text. The step is made at once; its loss comes when the device has it. */
  step(training: Int32Array): Promise<StepLosses> {
    const { batch, length } = this.config;
    const tokens = tensor2d(
      drawBatch(training, this.config, this.rng.batches),
      [batch, length + 1],
      "int32",
    );
    try {
      this.model.train();
      return read(this.takeStep(tokens));
    } finally {
      this.model.eval();
      tokens.dispose();
    }
  }

  /** The files and the streams' places: with {@link Trainer.load} the next steps are bit for bit the same. */
  async save(): Promise<{ model: Uint8Array; optimizer: Uint8Array; random: RunState["random"] }> {
    return {
      model: await encodeModel(this.model),
      optimizer: encodeSafetensors(await toHost(this.optimizer.state()), {
        format: "tx",
        kind: "adamw",
      }),
      random: { batches: this.rng.batches.state, model: this.rng.model.state },
    };
  }

  dispose(): void {
    this.optimizer.dispose();
    this.model.dispose();
  }

  private loadOptimizer(bytes: Uint8Array, steps: number): void {
    const { tensors } = decodeSafetensors(bytes, "optimizer.safetensors");
    const state = new Map<string, Tensor>();
    try {
      for (const [path, { data, shape }] of tensors) state.set(path, tensor(data, [...shape]));
      this.optimizer.loadState(state, steps);
    } finally {
      dispose([...state.values()]);
    }
  }
}

/** The rate of every step. Noam's factor is chosen so that its highest rate is the config's. */
export function scheduleOf(config: Config): Schedule {
  const { rate, dModel, steps } = config;
  const warmup = warmupSteps(config);
  if (config.schedule === "noam") {
    return noam({ dModel, warmupSteps: warmup, factor: rate * Math.sqrt(dModel * warmup) });
  }
  return cosine({ peak: rate, minimum: rate / 10, warmupSteps: warmup, totalSteps: steps });
}

async function read({ loss, gradientNorm, rate }: StepResult): Promise<StepLosses> {
  try {
    return { loss: await first(loss), gradientNorm: await first(gradientNorm), rate };
  } finally {
    dispose([loss, gradientNorm]);
  }
}

const first = async (scalar: Scalar) => (await scalar.data())[0]!;

async function toHost(tensors: ReadonlyMap<string, Tensor>): Promise<Map<string, HostTensor>> {
  const host = new Map<string, HostTensor>();
  for (const [path, live] of tensors) {
    const data = Float32Array.from(await live.data());
    host.set(path, { dtype: "F32", shape: live.shape, data });
  }
  return host;
}

/** Errors of a saved file, which name it already, as the user's to put right. */
function named<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    throw new UserError(`resume: ${messageOf(error)}`);
  }
}
