import { concat, slice, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { Module } from "@tx/core";
import { CausalLanguageModel, Decoder } from "@tx/model";
import { mean } from "../experiment/statistics";
import type { ChainRows } from "../measures/chain";
import { columnMeans, lossesOf } from "../measures/losses";
import type { StrategySizes, Stretched } from "../measures/strategies";
import { FACTORS } from "./encodings-measured";

/** How much more a model loses than the chain itself, by place; the first tokens have no reason. */
export async function excessOf(
  forward: (ids: Tensor2D) => Tensor3D,
  { values, nats, shape: [count, columns] }: ChainRows,
  reach: number,
  lags: readonly number[],
): Promise<number[]> {
  // The first tokens of each row, as many as can be read and one that is asked for.
  const isRead = (_: number, n: number) => n % columns <= reach;
  const shape = [count, reach + 1] as const;
  const losses = await lossesOf(forward, { values: values.filter(isRead), shape });
  const best = columnMeans(nats.filter(isRead), shape).slice(1);
  const first = Math.max(...lags) - 1;
  return losses.map((loss, place) => (place < first ? Number.NaN : loss - best[place]!));
}

/** Over the last trained length of a text; undefined if it is longer than can be read. */
export function lastPart(
  excess: readonly number[],
  factor: number,
  length: number,
): number | undefined {
  if (excess.length < factor * length) return undefined;
  const part = excess.slice((factor - 1) * length, factor * length);
  return mean(part.filter(Number.isFinite));
}

export async function stretch(
  model: CausalLanguageModel,
  { make }: Stretched,
  told: { sizes: StrategySizes; rows: ChainRows; lags: readonly number[] },
) {
  const { sizes, rows, lags } = told;
  const at: (number | undefined)[] = [];
  let excess: number[] = [];
  for (const factor of FACTORS) {
    const reach = factor * sizes.length;
    const positional = make(model.positional!, reach, sizes);
    try {
      const { blocks, norm } = model.decoder;
      const decoder = new Decoder({ blocks, norm, positional });
      const { embedding, head } = model;
      const other = new CausalLanguageModel({ embedding, head, decoder }, undefined);
      excess = await excessOf((ids) => other.forward(ids), rows, reach, lags);
      at.push(lastPart(excess, factor, sizes.length));
    } finally {
      if (positional instanceof Module) positional.dispose();
    }
  }
  return { excess, at };
}

/** Logits of a long text that is read in segments of the trained length, as Transformer-XL does. */
export function inSegments(model: CausalLanguageModel, ids: Tensor2D, length: number): Tensor3D {
  return tidy(() => {
    const [batch, all] = ids.shape;
    const parts: Tensor3D[] = [];
    let memory: Tensor3D[] | undefined;
    for (let start = 0; start < all; start += length) {
      const segment = slice(ids, [0, start], [batch, Math.min(length, all - start)]);
      const made = model.forwardSegment(segment, memory);
      parts.push(made.logits);
      memory = [...made.memory];
    }
    return concat(parts, 1);
  });
}
