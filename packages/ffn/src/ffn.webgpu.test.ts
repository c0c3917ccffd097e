import {
  add,
  mul,
  randomNormal,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor,
  tensor1d,
  type Variable,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { type Module, normal, Rng } from "@tx/core";
import { bringUp, expectClose } from "@tx/testing";
import { afterAll, expect, test } from "vitest";
import { type ActivationName, FeedForward, GatedFeedForward, MixtureOfExperts } from "./index";

// Finite differences read the device a thousand times, which takes minutes here; the cpu's gradients
// are compared with them where these are not.
afterAll(() => bringUp("webgpu"));

const [BATCH, SEQ, D_MODEL] = [2, 4, 8];
const KEPT = [1, 1, 1, 1, 1, 1, 0, 0];
const mask = (): Tensor2D => tensor(KEPT, [BATCH, SEQ], "bool");

type Part = Module & { forward(x: Tensor3D, options?: object): unknown };
type Make = () => Part;

const rngs = () => ({ rng: new Rng(3), init: normal(0.5, new Rng(7)) });
const plain =
  (activation: ActivationName): Make =>
  () =>
    new FeedForward({ dModel: D_MODEL, dFF: 12, activation, ...rngs() });
const gate =
  (activation: "sigmoid" | ActivationName): Make =>
  () =>
    new GatedFeedForward({ dModel: D_MODEL, dFF: 5, activation, bias: true, ...rngs() });
const mixture =
  (experts: number, topK: number, capacityFactor: number): Make =>
  () => {
    const expert = () => new GatedFeedForward({ dModel: D_MODEL, dFF: 4, ...rngs() });
    const routerInit = normal(1, new Rng(5));
    const rng = new Rng(2);
    const options = { dModel: D_MODEL, experts, topK, capacityFactor, expert, routerInit, rng };
    return new MixtureOfExperts(options);
  };

/** The output, and the gradients of every parameter and the input, of all that comes out. */
async function numbersOf(make: Make, options: object): Promise<number[]> {
  const part = make();
  const x = variable(randomNormal([BATCH, SEQ, D_MODEL], 0, 1, "float32", 3)) as Variable;
  const cotangent = randomNormal([BATCH, SEQ, D_MODEL], 0, 1, "float32", 4);
  const made = part.forward(x as Tensor as Tensor3D, options) as Tensor | Record<string, Tensor>;
  const numbers: number[] = [];
  const outputs = "shape" in made ? [made as Tensor] : Object.values(made);
  const read = (tensors: Tensor[]) => Promise.all(tensors.map((tensor) => tensor.data()));
  for (const part of await read(outputs)) numbers.push(...part);
  const of = [...part.parameters().values(), x];
  const { grads } = variableGrads(() => {
    const y = part.forward(x as Tensor as Tensor3D, options) as Tensor | Record<string, Tensor>;
    if ("shape" in y) return sum(mul(y as Tensor, cotangent)) as Scalar;
    const [output, balance, z] = [y.output!, y.balanceLoss!, y.zLoss!];
    return add(add(sum(mul(output, cotangent)), mul(balance, 0.7)), mul(z, 0.3)) as Scalar;
  }, of);
  for (const part of await read(of.map(({ name }) => grads[name]!))) numbers.push(...part);
  return numbers;
}

test.each<[string, Make, options?: () => object]>([
  ["relu", plain("relu")],
  ["squared relu", plain("squared-relu")],
  ["gelu", plain("gelu")],
  ["mish", plain("mish")],
  ["GLU", gate("sigmoid")],
  ["ReGLU", gate("relu")],
  ["GEGLU", gate("gelu")],
  ["SwiGLU", gate("silu")],
  ["a gate of mish", gate("mish")],
  ["two experts, top 1, with room for all", mixture(2, 1, Infinity)],
  ["four experts, top 1", mixture(4, 1, 1)],
  ["four experts, top 2, padded", mixture(4, 2, 0.5), () => ({ mask: mask() })],
  ["three experts, top 2, padded, with room for all", mixture(3, 2, 2), () => ({ mask: mask() })],
])("%s: webgpu's output and gradients are the cpu's", async (_, make, options = () => ({})) => {
  await bringUp("cpu");
  const wanted = await numbersOf(make, options());
  expect(wanted.some((number) => Math.abs(number) > 0.1)).toBe(true);
  await bringUp("webgpu");
  const got = await numbersOf(make, options());
  await expectClose(tensor1d(got), wanted, { rtol: 1e-3, atol: 1e-4 });
});

test("one expert alone is that feed-forward on webgpu too", async () => {
  const part = new MixtureOfExperts({
    ...{ dModel: D_MODEL, experts: 1, rng: new Rng(2) },
    expert: () => new GatedFeedForward({ dModel: D_MODEL, dFF: 4, ...rngs() }),
  });
  const x = randomNormal([BATCH, SEQ, D_MODEL], 0, 1, "float32", 3) as Tensor as Tensor3D;
  const { output, balanceLoss, zLoss } = part.forward(x, { mask: mask() });
  await expectClose(output, part.experts[0]!.forward(x), { rtol: 0, atol: 0 });
  await expectClose(balanceLoss, [1]);
  await expectClose(zLoss, [0]);
});
