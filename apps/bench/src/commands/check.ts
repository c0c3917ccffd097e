import { dispose, matMul, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { gpt } from "@tx/model";
import { AdamW, causalLoss, createTrainStep } from "@tx/training";
import type { Command } from "commander";
import { UserError } from "../user-error";
import { type BackendOptions, backendCommand, bringUp } from "./common";

export function addCheck(program: Command): void {
  backendCommand(program, "check", "see that a backend multiplies and trains, in a second").action(
    check,
  );
}

async function check(options: BackendOptions): Promise<void> {
  const { name, device } = await bringUp(options);
  console.log(`${name}: ${device}`);
  await checkProduct();
  console.log("a matrix product: right");
  const [before, after] = await learn();
  console.log(
    `a training step: the loss of its batch went from ${before.toFixed(4)} to ${after.toFixed(4)}`,
  );
}

/** @throws UserError if [2, 3] × [3, 2] of small whole numbers is wrong. */
async function checkProduct(): Promise<void> {
  const a = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const b = tensor2d([1, 0, -1, 2, 3, 1], [3, 2]);
  const product = matMul(a, b);
  const got = [...(await product.data())];
  dispose([a, b, product]);
  const wanted = [8, 7, 17, 16];
  if (got.join() !== wanted.join()) {
    throw new UserError(`matrix product: expected ${wanted.join(", ")}, got ${got.join(", ")}`);
  }
}

/**
 * Losses of one batch before and after a training step on it.
 *
 * @throws UserError if it has not got smaller.
 */
async function learn(): Promise<[number, number]> {
  const rng = new Rng(1);
  const model = gpt({ vocabSize: 17, maxLen: 13, layers: 2, heads: 2, dModel: 16, rng }).train();
  const optimizer = new AdamW({ parameters: model.parameters() });
  const step = createTrainStep({
    model,
    loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
    optimizer,
    schedule: () => 0.01,
    maxNorm: 1,
  });
  const ids = Int32Array.from({ length: 3 * 14 }, () => rng.integer(17));
  const tokens = tensor2d(ids, [3, 14], "int32");
  const losses: number[] = [];
  for (let n = 0; n < 2; n++) {
    const { loss, gradientNorm } = step(tokens);
    losses.push((await loss.data())[0]!);
    dispose([loss, gradientNorm]);
  }
  tokens.dispose();
  model.dispose();
  optimizer.dispose();
  const [before, after] = losses as [number, number];
  // Random tokens and a new model: the loss is about ln 17 = 2.83.
  if (!(after < before && Math.abs(before - Math.log(17)) < 0.5)) {
    throw new UserError(`training step: expected a loss below ${before}, got ${after}`);
  }
  return [before, after];
}
