import { dispose, type Tensor2D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import type { CausalLanguageModel } from "@tx/model";
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
import { attentionOf, heldOutLoss, written } from "./ask-model";
import { buildModel } from "./build-model";
import { type Corpus, corpusOf, drawPieces } from "./corpus";
import { OneByOne } from "./one-by-one";
import { partOf, schedules } from "./parts";
import type { RunConfig } from "./run-config";
import { type LossPoint, type SavedSession, savedSession, sessionOf } from "./saved-session";
import type { AttentionMaps, Change, Told, TrainOptions, WriteOptions } from "./session-contract";
import { swapPositional } from "./swap-positional";
import { TURN_EVERY, turn } from "./turn";

/** Milliseconds between what is told. */
const TELL_EVERY = 100;

/** A model in training, and all that is asked of it meanwhile: one thing after the other. */
export class Session {
  readonly #turns = new OneByOne();
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
      await this.#turns.run(() => this.#step(corpus));
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
    await this.#turns.run(() => this.#loop.settle());
    if (this.#told.length > 0) yield this.#news(performance.now() - told);
  }

  /**
   * Changes a run that may be going on. New positions take the place of the old ones, and all other
   * weights stay as they are, with what the optimizer remembers of them.
   *
   * @throws RangeError if a part is unknown or refuses its sizes; nothing has changed then.
   */
  async change(change: Change): Promise<void> {
    await this.#turns.run(async () => {
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
    return this.#turns.run(() =>
      attentionOf(this.model, { sentence, tokenizer: this.tokenizer, most: this.#most }),
    );
  }

  /** Goes on from a prompt, character by character; unknown characters of the prompt are left out. */
  async *write(options: WriteOptions): AsyncGenerator<string, void, void> {
    const release = await this.#turns.hold();
    try {
      yield* written(this.model, options, { tokenizer: this.tokenizer, most: this.#most });
    } finally {
      release();
    }
  }

  /** The session as a safetensors file: weights, the optimizer's state, random streams, tokenizer. */
  async save(): Promise<Uint8Array> {
    return this.#turns.run(async () => {
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
    await this.#turns.run(async () => {
      await this.#loop.settle();
      this.optimizer.dispose();
      this.model.dispose();
    });
  }

  /** Characters that the model reads at once. */
  get #most(): number {
    return Math.min(this.current.length, this.model.maxLen);
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
    const loss = await this.#turns.run(() =>
      heldOutLoss(this.model, corpus.heldOut, this.current.length),
    );
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
}

const optimizerOf = (model: CausalLanguageModel<RunConfig>) =>
  new AdamW({ parameters: model.parameters(), weightDecay: 0.1 });

/** @throws RangeError if the schedule is unknown or refuses its sizes. */
function scheduleOf(config: RunConfig): Schedule {
  return scheduleFromJSON(partOf("schedule", schedules, config.schedule).config(config));
}
