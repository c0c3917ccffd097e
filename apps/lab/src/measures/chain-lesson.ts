import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import type { CausalLanguageModel } from "@tx/model";
import { causalLoss, type RateOfStep, rowsTensor } from "@tx/training";
import type { Progress } from "../experiment/experiment";
import { mean } from "../experiment/statistics";
import type { Chain, ChainRows } from "./chain";
import { lossesOf } from "./losses";
import type { Meter } from "./meter";
import { train } from "./train";

export interface ChainLesson {
  readonly model: CausalLanguageModel;
  readonly chain: Chain;
  /** Texts of a batch. */
  readonly batch: number;
  /** Tokens that are read of each. */
  readonly length: number;
  readonly steps: number;
  readonly schedule: RateOfStep;
  /** Of the texts. */
  readonly seed: number;
  readonly maxNorm?: number | undefined;
  /** Default: the mean loss of each next token. */
  readonly loss?: ((tokens: Tensor2D) => Scalar) | undefined;
}

/** How a model learned a chain. */
export interface ChainCurve {
  /** Nats a token above the best possible on the same texts, by step; NaN where one was skipped. */
  readonly excess: readonly number[];
  readonly gradientNorms: readonly number[];
  /** Median time of a step. */
  readonly milliseconds: number;
}

/** Trains a model on texts of a chain, new ones each step. The meter counts each step. */
export async function* learnChain(
  { model, chain, batch, length, seed, loss, ...lesson }: ChainLesson,
  meter: Meter,
): AsyncGenerator<Progress, ChainCurve, void> {
  const reading = new Rng(seed);
  const best: number[] = [];
  const { losses, ...curve } = yield* train(
    {
      ...{ model, ...lesson },
      loss: loss ?? ((tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens)),
      batch: (): [Tensor2D] => {
        const rows = chain.rows(batch, length + 1, reading);
        best.push(bestOf(rows));
        return [rowsTensor(rows)];
      },
    },
    meter,
  );
  return { excess: losses.map((loss, step) => loss - best[step]!), ...curve };
}

/** Mean nats a token above the best possible, on rows [batch, length + 1], as the model stands. */
export async function excessOn(model: CausalLanguageModel, rows: ChainRows): Promise<number> {
  const losses = await lossesOf((ids) => model.forward(ids), rows);
  return mean(losses) - bestOf(rows);
}

/** What the chain itself loses on all but the first token of each row, nats a token. */
export const bestOf = ({ nats, shape: [, columns] }: ChainRows) =>
  mean([...nats].filter((_, n) => n % columns > 0));

/**
 * Nats a token above the best possible of who knows the last token alone, by how often each came
 * after each in these rows.
 *
 * @param lags How many places back the tokens lie that the next one depends on.
 */
export function excessOfLast(
  { values, nats, shape: [count, columns] }: ChainRows,
  lags: readonly number[],
): number {
  const first = Math.max(...lags);
  const pairs = new Map<string, number>();
  const before = new Map<number, number>();
  let [best, all] = [0, 0];
  for (let row = 0; row < count; row++) {
    for (let place = first; place < columns; place++) {
      const at = row * columns + place;
      const [last, next] = [values[at - 1]!, values[at]!];
      pairs.set(`${last},${next}`, (pairs.get(`${last},${next}`) ?? 0) + 1);
      before.set(last, (before.get(last) ?? 0) + 1);
      best += nats[at]!;
      all += 1;
    }
  }
  let own = 0;
  for (const [pair, times] of pairs) {
    own -= times * Math.log(times / before.get(Number(pair.split(",")[0]))!);
  }
  return (own - best) / all;
}
