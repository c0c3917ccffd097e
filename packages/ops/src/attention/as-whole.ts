import { grads, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { expect } from "vitest";
import { type AttentionOptions, attention } from "./attention";
import { made } from "./plain-attention";

export type Inputs = [Tensor4D, Tensor4D, Tensor4D];
type Of = (...inputs: Tensor[]) => Tensor;

/** Attention as a function of its tensors alone. */
export const run =
  ({ bias: _, ...options }: AttentionOptions, scoreBytes: number): Of =>
  (q, k, v, bias) =>
    attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { ...options, bias, scoreBytes });

/** That chunks of so many bytes give what the whole gives, and gradients alike. */
export async function expectAsWhole(
  given: Inputs,
  options: AttentionOptions,
  scoreBytes: number,
  within = { rtol: 1e-5, atol: 5e-6 },
): Promise<void> {
  const [whole, parts] = [run(options, Infinity), run(options, scoreBytes)];
  const inputs = [...given, ...(options.bias ? [options.bias] : [])];
  const wanted = whole(...inputs);
  const got = parts(...inputs);
  expect(got.shape).toEqual(wanted.shape);
  await expectClose(got, wanted, within);
  const dy = made(wanted.shape, 7);
  const gradients = grads(parts)(inputs, dy);
  for (const [n, gradient] of grads(whole)(inputs, dy).entries()) {
    expect(gradients[n]!.shape).toEqual(gradient.shape);
    await expectClose(gradients[n]!, gradient, within);
  }
}
