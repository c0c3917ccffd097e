import { dispose, type Tensor2D, type Tensor4D, tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type CausalLanguageModel, generateStream } from "@tx/model";
import { type Schedule, scheduleFromJSON } from "@tx/schedule";
import {
  AdamW,
  CharTokenizer,
  causalLoss,
  decodeRun,
  encodeRun,
  restoreRun,
  rowsTensor,
  TrainLoop,
} from "@tx/training";
import { buildModel } from "./build-model";
import { type Corpus, corpusOf, drawPieces, evenPieces, knownIds } from "./corpus";
import { partOf, schedules } from "./parts";
import type { RunConfig } from "./run-config";
import { type LossPoint, type SavedSession, savedSession, sessionOf } from "./saved-session";
import { swapPositional } from "./swap-positional";
import { turn } from "./turn";

/** What training tells as it goes. */
export type Told =
  | {
      readonly kind: "steps";
      readonly losses: readonly LossPoint[];
      /** The rate of the last of them. */
      readonly rate: number;
      readonly charactersPerSecond: number;
    }
  | { readonly kind: "evaluation"; readonly point: LossPoint }
  | { readonly kind: "sample"; readonly step: number; readonly text: string };

export interface TrainOptions {
  readonly text: string;
  /** Steps between measurements on what is held out and samples. Default 50. */
  readonly every?: number;
  /** Characters of a sample. Default 120. */
  readonly sample?: number;
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  readonly prompt: string;
  readonly characters: number;
  readonly temperature: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Where each character of a sentence looks. */
export interface AttentionMaps {
  readonly characters: readonly string[];
  /** [layers][heads][queries][keys], each row adding up to 1. */
  readonly maps: readonly (readonly (readonly (readonly number[])[])[])[];
}

/** What may change in a run that goes on. */
export type Change = Partial<Pick<RunConfig, "positional" | "schedule" | "rate" | "steps">>;

/** Held-out pieces that are measured. */
const MEASURED = 8;
/** Milliseconds between what is told, and of work between turns of the event loop. */
const [TELL_EVERY, TURN_EVERY] = [100, 25];

/** A model in training, and all that is asked of it meanwhile: one thing after the other. */
export class Session {
  #last: Promise<void> = Promise.resolve();
  #loop: TrainLoop<[Tensor2D]>;
  #told: LossPoint[] = [];
  #rate = 0;
  readonly #losses: LossPoint[] = [];
  #schedule: Schedule;

  private constructor(
    private current: RunConfig,
    private readonly tokenizer: CharTokenizer,
    private readonly random: { readonly model: Rng; readonly batches: Rng },
    private model: CausalLanguageModel<RunConfig>,
    private optimizer: AdamW,
  ) {
    this.#schedule = scheduleOf(current);
    this.#loop = this.#newLoop();
  }

  /** @throws RangeError if the text is too short or a part refuses; nothing is left behind. */
  static create(text: string, config: RunConfig): Session {
    scheduleOf(config);
    const tokenizer = CharTokenizer.of(text);
    corpusOf(text, tokenizer, config.length);
    const seeds = new Rng(config.seed);
    const random = { model: new Rng(seeds.nextSeed()), batches: new Rng(seeds.nextSeed()) };
    const model = buildModel(config, tokenizer.vocabSize, random.model);
    return new Session(config, tokenizer, random, model, optimizerOf(model));
  }

  /**
   * The session that {@link save} wrote; it goes on as if it had never stopped.
   *
   * @throws Error that names the file if it is none of ours or damaged; nothing is left behind.
   */
  static load(bytes: Uint8Array, name: string): Session {
    const saved = decodeRun(bytes, name);
    const { config, tokenizer, losses } = savedSession(saved.config, name);
    const random = { model: new Rng(0), batches: new Rng(0) };
    const model = buildModel(config, tokenizer.vocabSize, random.model);
    const optimizer = optimizerOf(model);
    try {
      dispose([...restoreRun(saved, { model, optimizer, random }).values()]);
      const session = new Session(config, tokenizer, random, model, optimizer);
      session.#losses.push(...losses);
      return session;
    } catch (error) {
      optimizer.dispose();
      model.dispose();
      throw error;
    }
  }

  get config(): RunConfig {
    return this.current;
  }

  /** Training steps that are done. */
  get steps(): number {
    return this.optimizer.steps;
  }

  get losses(): readonly LossPoint[] {
    return this.#losses;
  }

  get parameterCount(): number {
    return [...this.model.parameters().values()].reduce((sum, { size }) => sum + size, 0);
  }

  get vocabSize(): number {
    return this.tokenizer.vocabSize;
  }

  /**
   * Trains until the config's steps are done or the signal stops it, which is no error.
   *
   * @throws RangeError if the text does not suit the session; Error if the loss is no finite number.
   */
  async *train({
    text,
    every = 50,
    sample = 120,
    signal,
  }: TrainOptions): AsyncGenerator<Told, void, void> {
    const corpus = corpusOf(text, this.tokenizer, this.current.length);
    let [told, turned] = [performance.now(), performance.now()];
    while (this.steps < this.current.steps && !signal?.aborted) {
      await this.#alone(() => this.#step(corpus));
      const now = performance.now();
      if (now - turned > TURN_EVERY) {
        await turn();
        turned = performance.now();
      }
      const done = this.steps >= this.current.steps;
      if (now - told > TELL_EVERY || done || this.steps % every === 0) {
        yield this.#news(performance.now() - told);
        told = performance.now();
      }
      if (done || this.steps % every === 0) {
        yield* this.#measured(corpus, sample, signal);
        told = performance.now();
      }
    }
    await this.#alone(() => this.#loop.settle());
    if (this.#told.length > 0) yield this.#news(performance.now() - told);
  }

  /**
   * Changes a run that may be going on. New positions take the place of the old ones, and all other
   * weights stay as they are, with what the optimizer remembers of them.
   *
   * @throws RangeError if a part is unknown or refuses its sizes; nothing has changed then.
   */
  async change(change: Change): Promise<void> {
    await this.#alone(async () => {
      const config = { ...this.current, ...change };
      const schedule = scheduleOf(config);
      if (config.positional !== this.current.positional) {
        await this.#loop.settle();
        const rng = new Rng(this.random.model.nextSeed());
        const { model, optimizer } = swapPositional(
          { model: this.model, optimizer: this.optimizer },
          { make: () => buildModel(config, this.vocabSize, rng), optimizerOf },
        );
        [this.model, this.optimizer] = [model, optimizer];
        this.#loop = this.#newLoop();
      }
      [this.current, this.#schedule] = [config, schedule];
    });
  }

  /** Where each character of a sentence looks; characters that the model does not know are left out. */
  async attention(sentence: string): Promise<AttentionMaps> {
    return this.#alone(async () => {
      const most = Math.min(this.current.length, this.model.maxLen);
      const ids = knownIds(this.tokenizer, sentence).slice(0, most);
      if (ids.length === 0) throw new RangeError("sentence: expected known characters, got none");
      const input = tensor2d([ids], [1, ids.length], "int32");
      const attention: Tensor4D[] = [];
      const logits = this.model.forward(input, undefined, undefined, { attention });
      try {
        const maps = await Promise.all(attention.map(async (map) => (await map.array())[0]!));
        return { characters: [...this.tokenizer.decode(ids)], maps };
      } finally {
        dispose([input, logits, ...attention]);
      }
    });
  }

  /** Goes on from a prompt, character by character; unknown characters of the prompt are left out. */
  async *write({ prompt, characters, temperature, seed, signal }: WriteOptions) {
    const release = await this.#hold();
    try {
      yield* this.#written({ prompt, characters, temperature, seed, ...(signal && { signal }) });
    } finally {
      release();
    }
  }

  /** The session as a safetensors file: weights, the optimizer's state, random streams, tokenizer. */
  async save(): Promise<Uint8Array> {
    return this.#alone(async () => {
      await this.#loop.settle();
      const { model, optimizer, random } = this;
      const saved: SavedSession = {
        ...{ config: this.current, tokenizer: this.tokenizer, losses: this.#losses },
      };
      return encodeRun({ model, optimizer, random, config: sessionOf(saved) });
    });
  }

  /** Frees all; waits for what goes on. */
  async dispose(): Promise<void> {
    await this.#alone(async () => {
      await this.#loop.settle();
      this.optimizer.dispose();
      this.model.dispose();
    });
  }

  #newLoop(): TrainLoop<[Tensor2D]> {
    const { model, optimizer } = this;
    return new TrainLoop({
      ...{ model, optimizer, maxNorm: 1 },
      loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
      schedule: (step) => this.#schedule(step + this.#schedule.firstStep),
      onStep: ({ step, loss, rate, skipped }) => {
        if (skipped) throw new Error(`step ${step}: expected a finite loss, got ${loss}`);
        this.#told.push([step, loss]);
        this.#losses.push([step, loss]);
        this.#rate = rate;
      },
    });
  }

  async #step({ training }: Corpus): Promise<void> {
    const batch = rowsTensor(drawPieces(training, this.current, this.random.batches));
    let told: Promise<void>;
    try {
      this.model.train();
      told = this.#loop.step(batch);
    } finally {
      this.model.eval();
      batch.dispose();
    }
    await told;
  }

  #news(milliseconds: number): Told {
    const losses = this.#told.splice(0);
    const { batch, length } = this.current;
    const charactersPerSecond = (1000 * losses.length * batch * length) / Math.max(1, milliseconds);
    return { kind: "steps", losses, rate: this.#rate, charactersPerSecond };
  }

  /** The loss on what is held out, and a sample. */
  async *#measured(
    corpus: Corpus,
    characters: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Told, void, void> {
    const step = this.steps;
    const loss = await this.#alone(() => this.#heldOutLoss(corpus));
    yield { kind: "evaluation", point: [step, loss] };
    let text = "";
    const options = { prompt: "\n", characters, temperature: 0.8, seed: 1 };
    try {
      for await (const piece of this.write({ ...options, ...(signal && { signal }) }))
        text += piece;
    } catch (error) {
      // A stop ends the sample where it is.
      if (!signal?.aborted) throw error;
    }
    yield { kind: "sample", step, text };
  }

  async #heldOutLoss({ heldOut }: Corpus): Promise<number> {
    const { length } = this.current;
    const tokens = rowsTensor(evenPieces(heldOut, { batch: MEASURED, length }));
    const loss = causalLoss((ids) => this.model.forward(ids), tokens);
    tokens.dispose();
    try {
      return (await loss.data())[0]!;
    } finally {
      loss.dispose();
    }
  }

  async *#written({ prompt, characters, temperature, seed, signal }: WriteOptions) {
    const known = knownIds(this.tokenizer, prompt);
    const ids = generateStream(this.model, known.length > 0 ? known : [0], {
      ...{ maxNewTokens: characters, temperature, rng: new Rng(seed), signal },
      contextLength: Math.min(this.current.length, this.model.maxLen),
    });
    let turned = performance.now();
    for await (const id of ids) {
      yield this.tokenizer.decode([id]);
      if (performance.now() - turned > TURN_EVERY) {
        await turn();
        turned = performance.now();
      }
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.#hold();
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Waits until nothing else is done with the model. */
  async #hold(): Promise<() => void> {
    const before = this.#last;
    let release = () => {};
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }
}

const optimizerOf = (model: CausalLanguageModel<RunConfig>) =>
  new AdamW({ parameters: model.parameters(), weightDecay: 0.1 });

/** @throws RangeError if the schedule is unknown or refuses its sizes. */
function scheduleOf(config: RunConfig): Schedule {
  return scheduleFromJSON(partOf("schedule", schedules, config.schedule).config(config));
}
