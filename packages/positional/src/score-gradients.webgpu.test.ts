import {
  mul,
  randomNormal,
  type Scalar,
  sum,
  type Tensor4D,
  tensor1d,
  type Variable,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { type Module, type Positional, Rng, type Span } from "@tx/core";
import { bringUp, expectClose } from "@tx/testing";
import { afterAll, test } from "vitest";
import { cope, dape, fire, kerple, t5Bias } from "./index";
import { BATCH, contextOf, explicit, HEAD_DIM, HEADS, queries, span } from "./score-case";

// Finite differences read the device a thousand times, which takes minutes here; the cpu's gradients
// are compared with them where these are not.
afterAll(() => bringUp("webgpu"));

const rng = () => new Rng(1);
const strategies: [string, () => Positional & Module][] = [
  ["t5", () => t5Bias({ heads: HEADS, buckets: 8, maxDistance: 12, rng: rng() })],
  ["kerple log", () => kerple({ heads: HEADS, rng: rng() })],
  ["kerple power", () => kerple({ heads: HEADS, form: "power", rng: rng() })],
  ["fire", () => fire({ heads: HEADS, hidden: 5, threshold: 16, rng: rng() })],
  ["cope", () => cope({ headDim: HEAD_DIM, maxPositions: 4, heads: HEADS, rng: rng() })],
  ["dape", () => dape({ around: kerple({ heads: HEADS, rng: rng() }), heads: HEADS, rng: rng() })],
];
const random = (seed: number): Tensor4D =>
  randomNormal([BATCH, HEADS, 4, 7], 0, 1, "float32", seed);

/** Gradients of every parameter and, where they are read, of scores and queries. */
async function gradientsOf(make: () => Positional & Module, span: Span): Promise<number[]> {
  const strategy = make();
  const [scores, query] = [variable(random(3)), variable(queries())] as Variable[];
  const context = contextOf({ span, mask: { causal: true }, query: query as never });
  const changed = () =>
    strategy.scores?.(scores as never, context) ?? strategy.bias!(HEADS, span, 0);
  const read = [scores!, ...(strategy.kind === "cope" ? [query!] : [])];
  const of = [...strategy.parameters().values(), ...(strategy.scores ? read : [])];
  const { grads } = variableGrads(() => sum(mul(changed(), random(4))) as Scalar, of);
  const all = await Promise.all(of.map(({ name }) => grads[name]!.data()));
  return all.flatMap((numbers) => [...numbers]);
}

test.each(strategies)("%s: webgpu's gradients are the cpu's", async (_, make) => {
  for (const told of [() => span, explicit]) {
    await bringUp("cpu");
    const wanted = await gradientsOf(make, told());
    await bringUp("webgpu");
    const got = await gradientsOf(make, told());
    await expectClose(tensor1d(got), wanted, { rtol: 1e-3, atol: 1e-4 });
  }
});
