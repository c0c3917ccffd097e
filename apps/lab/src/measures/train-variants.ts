import { type Scalar, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { countParameters, Rng } from "@tx/core";
import type { CausalLanguageModel } from "@tx/model";
import { causalLoss } from "@tx/training";
import {
  type Progress,
  type Results,
  type Series,
  type Text,
  text,
} from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { mean } from "../experiment/statistics";
import { differenceOf, ENOUGH } from "./differences";
import { type Rows, sentenceRows } from "./small-language";
import { numberOf, smoothed, trainSmall } from "./train-small";

/** One of the models that are compared. */
export interface Variant {
  /** In kebab-case. */
  readonly name: string;
  readonly label: Text;
  readonly model: (rng: Rng) => CausalLanguageModel;
}

/** What came of a variant, an entry a run. */
export interface Trained {
  readonly variant: Variant;
  readonly parameters: number;
  /** Loss of each step, before its update, nats a token. */
  readonly curves: (readonly number[])[];
  /** Loss on sentences that are the same for all, nats a token. */
  readonly heldOut: number[];
}

/** What models are trained and compared on. */
export interface Task {
  rows(sizes: { readonly rows: number; readonly length: number }, rng: Rng): Rows;
  /** The mean loss, in nats. */
  loss(model: CausalLanguageModel, tokens: Tensor2D): Scalar;
}

/** To tell each next word of the small language. */
const nextWord: Task = {
  rows: sentenceRows,
  loss: (model, tokens) => causalLoss((ids) => model.forward(ids), tokens),
};

export interface TrainVariantsOptions {
  /** Default: to tell each next word of the small language. */
  readonly task?: Task;
  readonly variants: readonly Variant[];
  /** Trainings of each variant. Run n of all has the same sentences and the same seed of weights. */
  readonly runs: number;
  readonly steps: number;
  /** Tokens that are read at once. */
  readonly length: number;
  /** Sentences of a batch. Default 16. */
  readonly rows?: number;
  readonly peak?: number;
  readonly seed: number;
  /** Looks at a model that is trained, before it is freed. */
  readonly look?: (model: CausalLanguageModel, variant: Variant, run: number) => Promise<void>;
  /** Looks at a model before its training. */
  readonly lookBefore?: TrainVariantsOptions["look"];
  /** What there is to show meanwhile. */
  readonly partial?: (trained: readonly Trained[]) => Results;
}

export interface VariantsResult {
  readonly trained: readonly Trained[];
  /** The least loss there can be on the held-out sentences, nats a token. */
  readonly floor: number;
}

/** Rows of the sentences on which all are compared. */
const HELD_OUT = 64;

/** Trains variants of a model on one task, run by run, and compares their losses. */
export async function* trainVariants(
  options: TrainVariantsOptions,
): AsyncGenerator<Progress, VariantsResult, void> {
  const { variants, runs, steps, length, rows = 16, peak, seed, task = nextWord } = options;
  const owner = new Owner();
  try {
    const { tokens, floor } = task.rows({ rows: HELD_OUT, length }, new Rng(seed + 7919));
    owner.own(tokens);
    const trained = variants.map((variant) => ({
      ...{ variant, parameters: 0, curves: [] as (readonly number[])[], heldOut: [] as number[] },
    }));
    let before = 0;
    for (let run = 0; run < runs; run++) {
      for (const entry of trained) {
        const { variant } = entry;
        const model = variant.model(new Rng(seed + run));
        try {
          entry.parameters = countParameters(model);
          await options.lookBefore?.(model, variant, run);
          const data = new Rng(seed + 104_729 * (run + 1));
          const training = trainSmall({
            ...{ model, steps, peak: peak ?? 0.003 },
            loss: (tokens) => task.loss(model, tokens),
            next: (): [Tensor2D] => [task.rows({ rows, length }, data).tokens],
          });
          try {
            let step = await training.next();
            for (; !step.done; step = await training.next()) {
              yield progressOf(options, { entry, run, done: before + step.value, trained });
            }
            entry.curves.push(step.value);
          } finally {
            await training.return([]);
          }
          entry.heldOut.push(await numberOf(tidy(() => task.loss(model, tokens))));
          await options.look?.(model, variant, run);
        } finally {
          model.dispose();
        }
        before += steps;
        yield progressOf(options, { entry, run, done: before, trained });
      }
    }
    return { trained, floor };
  } finally {
    owner.dispose();
  }
}

function progressOf(
  { variants, runs, steps, partial }: TrainVariantsOptions,
  now: { entry: Trained; run: number; done: number; trained: readonly Trained[] },
): Progress {
  const { label } = now.entry.variant;
  const progress = {
    ...{ done: now.done, of: variants.length * runs * steps },
    note: text(`${label.en}, run ${now.run + 1}`, `${label.zh}，第 ${now.run + 1} 次`),
  };
  const complete = now.trained.filter(({ heldOut }) => heldOut.length > 0);
  return partial ? { ...progress, partial: partial(complete) } : progress;
}

/** A curve for each variant: the mean of its runs, less noisy, with its least and its greatest. */
export function curvesOf(trained: readonly Trained[], prefix = "curve"): Series[] {
  return trained.map(({ variant, curves }) => {
    const width = Math.max(1, Math.round((curves[0]?.length ?? 0) / 40));
    const smooth = curves.map((curve) => smoothed(curve, width));
    const at = (pick: (losses: readonly number[]) => number) =>
      (smooth[0]?.x ?? []).map((_, n) => pick(smooth.map(({ y }) => y[n]!)));
    const band = curves.length > 1 ? { low: at(least), high: at(greatest) } : {};
    const name = `${prefix}-${variant.name}`;
    return { name, label: variant.label, x: smooth[0]?.x ?? [], y: at(mean), ...band };
  });
}

/** One series of the held-out losses over what each variant is placed at, with least and greatest. */
export function heldOutOf(
  trained: readonly Trained[],
  { name, label, x }: { name: string; label: Text; x: readonly number[] },
): Series {
  return {
    ...{ name, label, x },
    y: trained.map(({ heldOut }) => mean(heldOut)),
    low: trained.map(({ heldOut }) => least(heldOut)),
    high: trained.map(({ heldOut }) => greatest(heldOut)),
  };
}

const least = (numbers: readonly number[]) => Math.min(...numbers);
const greatest = (numbers: readonly number[]) => Math.max(...numbers);

/** What runs with the same seeds say of one variant's loss against another's. */
export interface Verdict {
  readonly kind: "lower" | "higher" | "unclear";
  /** "lower in every run" */
  readonly text: Text;
  /** Whether there were so many runs that they do not agree by mere chance. */
  readonly enough: boolean;
}

/** Whether the loss of `a` is on the same side of that of `b` in every run. */
export function verdictOf(a: Trained, b: Trained): Verdict {
  const { least, greatest, runs } = differenceOf(a.heldOut, b.heldOut);
  const enough = runs >= ENOUGH;
  const said = (kind: Verdict["kind"], several: Text, single: Text): Verdict => ({
    ...{ kind, enough, text: runs > 1 ? several : single },
  });
  if (greatest < 0) {
    return said("lower", text("lower in every run", "每次训练都更低"), one("lower", "更低"));
  }
  if (least > 0) {
    return said("higher", text("higher in every run", "每次训练都更高"), one("higher", "更高"));
  }
  const mixed = text("lower in some runs and not in others", "有的训练更低，有的并不更低");
  return said("unclear", mixed, one("the same", "相同"));
}

const one = (en: string, zh: string) => text(`${en} in the only run`, `在仅有的一次训练中${zh}`);
