import { CharTokenizer, type Json } from "@tx/training";
import { type RunConfig, runConfigOf, valuesOf } from "./run-config";

/** A step and the loss in it. */
export type LossPoint = readonly [step: number, loss: number];

/** What a saved file holds beside the tensors. */
export interface SavedSession {
  readonly config: RunConfig;
  readonly tokenizer: CharTokenizer;
  readonly losses: readonly LossPoint[];
}

const APP = "tx-lab";
/** A curve needs no more. */
const MOST_POINTS = 1000;

/** A session as plain JSON. */
export function sessionOf({ config, tokenizer, losses }: SavedSession): Json {
  const every = Math.ceil(losses.length / MOST_POINTS);
  const kept = losses.filter((_, n) => n % every === 0 || n === losses.length - 1);
  return JSON.parse(JSON.stringify({ app: APP, version: 1, config, tokenizer, losses: kept }));
}

/** @throws Error `name: expected …, got …` if it is not what {@link sessionOf} made. */
export function savedSession(json: unknown, name: string): SavedSession {
  const { app, version, config, tokenizer, losses } = (json ?? {}) as Record<string, unknown>;
  if (app !== APP || version !== 1) {
    throw new Error(`${name}: expected a model of ${APP}, version 1, got ${app}, ${version}`);
  }
  try {
    return {
      config: runConfigOf(valuesOf(config as RunConfig)),
      tokenizer: CharTokenizer.fromJSON(tokenizer as never),
      losses: pointsOf(losses),
    };
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause });
  }
}

function pointsOf(losses: unknown): LossPoint[] {
  const isPoint = (point: unknown): point is LossPoint =>
    Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  if (Array.isArray(losses) && losses.every(isPoint)) return losses;
  throw new RangeError("losses: expected pairs of a step and a loss, got others");
}
