import {
  add,
  mul,
  randomNormal,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  matMul as tfMatMul,
} from "@tensorflow/tfjs-core";
import { normal, parameter, Rng } from "@tx/core";
import { activations } from "@tx/ffn";
import { LayerNorm } from "@tx/norm";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { MaskedHead, Pooler, TiedHead } from "./index";

const rng = () => new Rng(3);
const tableOf = () => parameter([7, 5], normal(1, rng()));
const x = (): Tensor3D => randomNormal([2, 3, 5], 0, 1, "float32", 8);
const product = (x: Tensor, table: Tensor): Tensor =>
  reshape(tfMatMul(reshape(x, [-1, 5]), table as Tensor2D, false, true), [2, 3, 7]);

test("a tied head is the table's rows, scaled and with a bias where told to", async () => {
  const table = tableOf();
  await expectClose(new TiedHead(table).forward(x()), product(x(), table));
  const head = new TiedHead(table, { scale: 0.3, bias: true });
  const bias = randomNormal([7], 0, 1, "float32", 5);
  head.bias!.assign(bias);
  await expectClose(head.forward(x()), add(mul(product(x(), table), 0.3), bias));
  expect([...head.parameters().keys()]).toEqual(["table", "bias"]);
  expect(() => new TiedHead(table, { scale: 0 })).toThrow(
    new RangeError("scale: expected a positive number, got 0"),
  );
});

test("a masked head is a map, an activation and a norm, then the table and a bias", async () => {
  const table = tableOf();
  const norm = () => new LayerNorm(5, { eps: 1e-3 });
  const head = new MaskedHead({ table, norm, init: normal(1, rng()), rng: rng() });
  head.bias.assign(randomNormal([7], 0, 1, "float32", 5));
  const inner = head.norm.forward(activations.gelu(head.dense.forward(x())));
  await expectClose(head.forward(x()), add(product(inner, table), head.bias));
  const paths = ["dense.kernel", "dense.bias", "norm.gain", "norm.bias", "table", "bias"];
  expect([...head.parameters().keys()]).toEqual(paths);
});

test("a masked head refuses an activation that it does not know, and leaves nothing behind", async () => {
  const table = tableOf();
  const options = { table, norm: () => new LayerNorm(5), rng: rng() };
  await expectNoLeak(() => {
    expect(() => new MaskedHead({ ...options, activation: "swish" as "relu" })).toThrow(
      'activation: expected one of relu, squared-relu, gelu, gelu-tanh, silu, mish, got "swish"',
    );
  });
});

test("a pooler reads the first token alone", async () => {
  const pooler = new Pooler({ dModel: 5, init: normal(1, rng()), rng: rng() });
  const first: Tensor2D = reshape(slice(x(), [0, 0, 0], [-1, 1, -1]), [2, 5]);
  const pooled = pooler.forward(x());
  expect(pooled.shape).toEqual([2, 5]);
  await expectClose(pooled, tanh(pooler.dense.forward(first)));
  expect(() => pooler.forward(randomNormal([2, 3, 4]))).toThrow(
    "x: expected [batch=2, seq=3, 5], got [2, 3, 4]",
  );
});

test("gradients are those that differences give", async () => {
  const norm = () => new LayerNorm(5, { eps: 1e-3 });
  const masked = new MaskedHead({ table: tableOf(), norm, init: normal(1, rng()), rng: rng() });
  const pooler = new Pooler({ dModel: 5, init: normal(1, rng()), rng: rng() });
  const tied = new TiedHead(tableOf(), { scale: 0.5, bias: true });
  for (const head of [masked, pooler, tied]) {
    const forward = (x: Tensor) => head.forward(x as Tensor3D) as Tensor;
    await expectGradients(forward, [x()], { epsilon: 1 / 128, atol: 2e-3, rtol: 1e-2 });
  }
});

test("a forward leaves its output only", async () => {
  const table = tableOf();
  const norm = () => new LayerNorm(5);
  const heads = [
    new TiedHead(table, { scale: 2, bias: true }),
    new MaskedHead({ table, norm, rng: rng() }),
    new Pooler({ dModel: 5, rng: rng() }),
  ];
  const given = x();
  await expectNoLeak(() => {
    for (const head of heads) head.forward(given).dispose();
  });
});
