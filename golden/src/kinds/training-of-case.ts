import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import type { Module } from "@tx/core";
import { constant, type Schedule } from "@tx/schedule";
import { Adam, AdamW, createTrainStep, type StepResult } from "@tx/training";
import type { CaseReader } from "../case-reader";
import type { CaseTensor } from "../golden-case";
import type { Produced } from "../kind";
import { NotMapped } from "../not-mapped";
import { ints, readAll, transposed } from "../tensors";
import { loadWeights, type Weight } from "../weights";
import { settingsOf } from "./optimizer-steps";
import { readNoam } from "./schedule";

type Outputs = Produced["outputs"];

/** The inputs of one step, int32 [batch, seq], in the order given. */
export type Batch = readonly Tensor2D[];

export interface Trained<Model extends Module> {
  create(): Model;
  loss(model: Model, batch: Batch): Scalar;
  /** What else the case asks for, before the first step. */
  before?(model: Model, batch: Batch): Promise<Outputs>;
}

/**
 * Reads how a case is trained: optimizer, rates, clipping, and of which weights it wants checksums.
 *
 * @param weights All of the model's.
 * @param inputs Each [steps, batch, seq].
 * @returns Trains a model from these weights on and disposes it.
 */
export function readTraining(
  reader: CaseReader,
  weights: readonly Weight[],
  inputs: readonly CaseTensor[],
): <Model extends Module>(trained: Trained<Model>) => Promise<Produced> {
  const Optimizer = reader.choice("optimizer", { AdamW, Adam });
  const settings = settingsOf(reader);
  const schedule = scheduleOf(reader);
  const maxNorm = reader.has("config", "maxNorm") ? reader.number("maxNorm") : undefined;
  reader.phrase("decayedWeights", /^all$/);
  reader.phrase(
    "checksumColumns",
    /^sum, sum of squares, sum of w\[n\] \* cos\(n\), n = flat index$/,
  );
  const order = checksumOrder(reader, weights);
  const steps = inputs[0]!.shape[0];
  reader.sizes({ steps });

  return async ({ create, loss, before }) => {
    const model = create().train();
    const parameters = model.parameters();
    const optimizer = new Optimizer({ ...settings, parameters, decays: () => true });
    try {
      loadWeights(model, weights);
      const step = createTrainStep({
        ...{ model, optimizer, schedule },
        loss: (...batch: Batch) => loss(model, batch),
        ...(maxNorm === undefined ? {} : { maxNorm }),
      });
      const first = before ? await withBatch(inputs, 0, (batch) => before(model, batch)) : {};
      const results = await train(inputs, step);
      const final_weight_checksums = await checksums(model, order);
      return { outputs: { ...first, ...results, final_weight_checksums } };
    } finally {
      optimizer.dispose();
      model.dispose();
    }
  };
}

/** Noam, or the same rate at every step; the model's width is Noam's too. */
function scheduleOf(reader: CaseReader): Schedule {
  const noam = reader.choice("schedule", { noam: true, constant: false }, "constant");
  const schedule = noam ? readNoam(reader).lr! : constant({ rate: reader.number("learningRate") });
  // At a constant rate it makes no difference from where steps are counted.
  const firstStep = reader.number("firstStep", schedule.firstStep);
  if (noam && firstStep !== schedule.firstStep) {
    throw new NotMapped(`config.firstStep: expected ${schedule.firstStep}, got ${firstStep}`);
  }
  return schedule;
}

function checksumOrder(reader: CaseReader, weights: readonly Weight[]): Weight[] {
  return reader.names("checksumOrder").map((name) => {
    const weight = weights.find((candidate) => candidate.name === name);
    if (!weight) throw new NotMapped(`config.checksumOrder: expected weights, got ${name}`);
    return weight;
  });
}

async function train(
  inputs: readonly CaseTensor[],
  step: (...batch: Batch) => StepResult,
): Promise<Outputs> {
  const losses: number[] = [];
  const norms: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < inputs[0]!.shape[0]!; i++) {
    const { loss, gradientNorm, rate } = await withBatch(inputs, i, async (batch) =>
      step(...batch),
    );
    const read = await readAll(Object.entries({ loss, gradientNorm }));
    losses.push(...read.loss!);
    norms.push(...read.gradientNorm!);
    rates.push(rate);
  }
  return { losses, gradient_norms_before_clipping: norms, learning_rates: rates };
}

/** Hands the inputs of one step, of [steps, batch, seq], to a function and frees them after. */
async function withBatch<T>(
  inputs: readonly CaseTensor[],
  step: number,
  use: (batch: Batch) => Promise<T>,
): Promise<T> {
  const batch = inputs.map(({ shape, data }) => {
    const [, rows, length] = shape as [number, number, number];
    const size = rows * length;
    return ints<Tensor2D>({
      ...{ shape: [rows, length], data: data.slice(step * size, (step + 1) * size) },
    });
  });
  try {
    return await use(batch);
  } finally {
    for (const tensor of batch) tensor.dispose();
  }
}

/** Sum, sum of squares and sum of w[n] · cos(n) of each weight, in the layout of the case. */
async function checksums(model: Module, order: readonly Weight[]): Promise<number[]> {
  const parameters = model.parameters();
  const rows = order.map(async (weight) => {
    const variable = parameters.get(weight.path)!;
    const own = { shape: variable.shape, data: [...(await variable.data())] };
    const { data } = weight.transposed ? transposed(own) : own;
    const sum = (term: (w: number, n: number) => number) =>
      data.reduce((total, w, n) => total + term(w, n), 0);
    return [sum((w) => w), sum((w) => w * w), sum((w, n) => w * Math.cos(n))];
  });
  return (await Promise.all(rows)).flat();
}
