import {
  randomNormal,
  randomUniform,
  type Scalar,
  scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  zeros,
} from "@tensorflow/tfjs-core";
import {
  adamWUpdate,
  attention,
  clipCoefficient,
  dropout,
  embeddingLookup,
  feedForward,
  gated,
  gelu,
  globalNorm,
  layerNorm,
  linear,
  linears,
  matMul,
  rmsNorm,
  rotary,
  silu,
  softmaxCrossEntropy,
} from "@tx/ops";
import type { BenchConfig } from "../configs";

/** One operation of @tx/ops at the sizes of a model. */
export interface OpCase {
  readonly name: string;
  /** Fresh random inputs. */
  inputs(): Tensor[];
  /** How many of the inputs, the first ones, have a gradient. */
  readonly differentiable: number;
  apply(...inputs: Tensor[]): Tensor | Tensor[];
}

/** Every fused operation at the sizes of a config: x is [batch, length, dModel], heads as it has them. */
export function opCases({
  layers,
  heads,
  dModel,
  length,
  batch,
  vocabSize,
}: BenchConfig): OpCase[] {
  const [rows, dFF, headDim] = [batch * length, 4 * dModel, dModel / heads];
  const x = (): Tensor2D => randomNormal([rows, dModel]);
  const wide = (): Tensor2D => randomNormal([rows, dFF]);
  const row = (width: number): Tensor1D => randomNormal([width]);
  const kernel = (inputs: number, outputs: number): Tensor2D => randomNormal([inputs, outputs]);
  const heads4 = (): Tensor4D => randomNormal([batch, heads, length, headDim]);
  const ids = (count: number): Tensor1D => randomUniform([count], 0, vocabSize, "int32");
  const angles = (): Tensor2D => randomNormal([length, Math.floor(headDim / 2)]);
  const seed = () => Math.floor(Math.random() * 2 ** 31);
  const parameters = () =>
    Array.from({ length: layers }, () => [kernel(dModel, dModel), row(dModel)]).flat();
  const op = (
    name: string,
    differentiable: number,
    inputs: OpCase["inputs"],
    apply: (...inputs: never[]) => Tensor | Tensor[],
  ): OpCase => ({ name, differentiable, inputs, apply: apply as OpCase["apply"] });
  return [
    op(
      "linear, bias and residual",
      4,
      () => [x(), kernel(dModel, dModel), row(dModel), x()],
      (x: Tensor2D, w: Tensor2D, b: Tensor1D, r: Tensor2D) => linear(x, w, b, { residual: r }),
    ),
    op(
      "linears, three",
      0,
      () => [x(), ...[1, 2, 3].map(() => kernel(dModel, dModel))],
      (x: Tensor2D, ...kernels: Tensor2D[]) =>
        linears(
          x,
          kernels.map((kernel) => ({ kernel })),
        ),
    ),
    op(
      "feed-forward, tanh GELU",
      3,
      () => [x(), kernel(dModel, dFF), kernel(dFF, dModel)],
      (x: Tensor2D, expand: Tensor2D, contract: Tensor2D) =>
        feedForward(x, { kernel: expand }, { kernel: contract }, { activation: "gelu-tanh" }),
    ),
    op(
      "matMul, batched",
      2,
      () => [heads4(), heads4()],
      (a: Tensor4D, b: Tensor4D) => matMul(a, b, { transposeB: true }),
    ),
    op(
      "attention, causal",
      3,
      () => [heads4(), heads4(), heads4()],
      (q: Tensor4D, k: Tensor4D, v: Tensor4D) => attention(q, k, v, { mask: { causal: true } }),
    ),
    op(
      "attention, causal, bias",
      4,
      () => [heads4(), heads4(), heads4(), randomNormal([1, heads, length, length])],
      (q: Tensor4D, k: Tensor4D, v: Tensor4D, bias: Tensor) =>
        attention(q, k, v, { mask: { causal: true }, bias }),
    ),
    op("rotary", 1, () => [heads4(), angles(), angles()], rotary),
    op("layerNorm", 3, () => [x(), row(dModel), row(dModel)], layerNorm),
    op("rmsNorm", 2, () => [x(), row(dModel)], rmsNorm),
    op(
      "gelu, tanh",
      1,
      () => [wide()],
      (x: Tensor2D) => gelu(x, "tanh"),
    ),
    op(
      "gelu, exact",
      1,
      () => [wide()],
      (x: Tensor2D) => gelu(x, "erf"),
    ),
    op("silu", 1, () => [wide()], silu),
    op(
      "gated, SwiGLU",
      2,
      () => [wide(), wide()],
      (gate: Tensor2D, up: Tensor2D) => gated(gate, up, "silu"),
    ),
    op(
      "dropout",
      1,
      () => [x()],
      (x: Tensor2D) => dropout(x, { rate: 0.1, seed: seed() }),
    ),
    op(
      "embeddingLookup",
      1,
      () => [kernel(vocabSize, dModel), ids(rows)],
      (table: Tensor2D, ids: Tensor1D) => embeddingLookup<Tensor3D>(table, ids),
    ),
    op(
      "softmaxCrossEntropy",
      1,
      () => [randomNormal([rows, vocabSize]), ids(rows)],
      (logits: Tensor2D, targets: Tensor1D) => softmaxCrossEntropy(logits, targets),
    ),
    op(
      "adamWUpdate",
      0,
      () => [kernel(dModel, dFF), kernel(dModel, dFF), zeros([dModel, dFF]), zeros([dModel, dFF])],
      (parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor) =>
        Object.values(
          adamWUpdate({ parameter, gradient, firstMoment, secondMoment }, { rate: 1e-3, step: 1 }),
        ),
    ),
    op("globalNorm", 0, parameters, (...tensors: Tensor[]) => globalNorm(tensors)),
    op(
      "clipCoefficient",
      0,
      () => [scalar(1 + Math.random())],
      (norm: Scalar) => clipCoefficient(norm, 1),
    ),
  ];
}
