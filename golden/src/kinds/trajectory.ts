import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel } from "@tx/model";
import { constant, type Schedule } from "@tx/schedule";
import { Adam, AdamW, causalLoss, createTrainStep, type StepResult } from "@tx/training";
import type { CaseReader } from "../case-reader";
import type { CaseTensor } from "../golden-case";
import type { Kind, Produced } from "../kind";
import { NotMapped } from "../not-mapped";
import { ints, readAll, transposed } from "../tensors";
import { loadWeights, type Weight } from "../weights";
import { isGpt, readGpt } from "./gpt-of-case";
import { settingsOf } from "./optimizer-steps";
import { readNoam } from "./schedule";
import { inputsAre } from "./shape-of-case";

/** Training steps of a GPT from given weights on given tokens. */
export const trajectory: Kind = {
  name: "trajectory",

  matches: (golden) =>
    isGpt(golden) && inputsAre(golden, ["tokens"]) && golden.inputs.tokens?.shape.length === 3,

  map(reader) {
    const tokens = reader.input("tokens");
    const { weights, create } = readGpt(reader);
    const Optimizer = reader.choice("optimizer", { AdamW, Adam });
    const settings = settingsOf(reader);
    const schedule = scheduleOf(reader);
    const maxNorm = reader.has("config", "maxNorm") ? reader.number("maxNorm") : undefined;
    reader.phrase("decayedWeights", /^all$/);
    reader.phrase("batch", /^tokens\[step\]; inputs are \[:, :-1\], targets \[:, 1:\]$/);
    reader.phrase("loss", /^mean cross-entropy$/);
    reader.phrase(
      "checksumColumns",
      /^sum, sum of squares, sum of w\[n\] \* cos\(n\), n = flat index$/,
    );
    const order = checksumOrder(reader, weights);
    reader.sizes({ steps: tokens.shape[0] });

    return async () => {
      const model = create().train();
      const parameters = model.parameters();
      const optimizer = new Optimizer({ ...settings, parameters, decays: () => true });
      try {
        loadWeights(model, weights);
        const step = createTrainStep({
          ...{ model, optimizer, schedule },
          loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
          ...(maxNorm === undefined ? {} : { maxNorm }),
        });
        const results = await train(tokens, step);
        return { outputs: { ...results, final_weight_checksums: await checksums(model, order) } };
      } finally {
        optimizer.dispose();
        model.dispose();
      }
    };
  },
};

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

/** @param tokens [steps, batch, seq + 1] */
async function train(
  tokens: CaseTensor,
  step: (batch: Tensor2D) => StepResult,
): Promise<Produced["outputs"]> {
  const [steps, batch, length] = tokens.shape as [number, number, number];
  const losses: number[] = [];
  const norms: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < steps; i++) {
    const size = batch * length;
    const data = tokens.data.slice(i * size, (i + 1) * size);
    const ids = ints<Tensor2D>({ shape: [batch, length], data });
    const { loss, gradientNorm, rate } = step(ids);
    ids.dispose();
    const read = await readAll(Object.entries({ loss, gradientNorm }));
    losses.push(...read.loss!);
    norms.push(...read.gradientNorm!);
    rates.push(rate);
  }
  return { losses, gradient_norms_before_clipping: norms, learning_rates: rates };
}

/** Sum, sum of squares and sum of w[n] · cos(n) of each weight, in the layout of the case. */
async function checksums(model: CausalLanguageModel, order: readonly Weight[]): Promise<number[]> {
  const parameters = model.parameters();
  const rows: number[] = [];
  for (const weight of order) {
    const variable = parameters.get(weight.path)!;
    const own = { shape: variable.shape, data: [...(await variable.data())] };
    const { data } = weight.transposed ? transposed(own) : own;
    const sum = (term: (w: number, n: number) => number) =>
      data.reduce((total, w, n) => total + term(w, n), 0);
    rows.push(
      sum((w) => w),
      sum((w) => w * w),
      sum((w, n) => w * Math.cos(n)),
    );
  }
  return rows;
}
