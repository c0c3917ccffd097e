import type { TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import { bits, type SimdBackend } from "../backend";
import { simdKernel } from "../simd-kernel";

interface Inputs {
  /** [..., classes] */
  logits: TensorInfo;
  /** [...] */
  targets: TensorInfo;
}

interface Attributes {
  ignoreIndex: number;
  labelSmoothing: number;
  reduction: "mean" | "sum" | "none";
}

function loss(backend: SimdBackend, { logits, targets }: Inputs, attrs: Attributes): TensorInfo {
  const { ignoreIndex, labelSmoothing, reduction } = attrs;
  const [rows, classes] = sizesOf(logits, targets);
  const from = [logits, targets].map((input) => backend.addressOf(input));
  const losses = (to: number) => {
    const args = [...from, to, classes, ignoreIndex, bits(labelSmoothing)];
    backend.run("crossEntropy", args, rows, rows * (20 + classes * 0.8));
  };
  if (reduction === "none") {
    const output = backend.output(targets.shape);
    losses(backend.addressOf(output));
    return output;
  }
  const each = backend.reserve(rows);
  try {
    const output = backend.output([]);
    losses(each);
    const to = backend.addressOf(output) / 4;
    const { floats } = backend.heap;
    const count = reduction === "mean" ? countOf(backend, targets, ignoreIndex) : 1;
    const total = floats.subarray(each / 4, each / 4 + rows).reduce((sum, x) => sum + x, 0);
    floats[to] = total / count;
    return output;
  } finally {
    backend.heap.release(each);
  }
}

function gradient(
  backend: SimdBackend,
  { logits, targets, dy }: Inputs & { dy: TensorInfo },
  { ignoreIndex, labelSmoothing, reduction }: Attributes,
): TensorInfo {
  const [rows, classes] = sizesOf(logits, targets);
  const from = [logits, targets, dy].map((input) => backend.addressOf(input));
  const output = backend.output(logits.shape);
  const weight = reduction === "mean" ? 1 / countOf(backend, targets, ignoreIndex) : 1;
  const args = [...from, backend.addressOf(output), classes, ignoreIndex, bits(labelSmoothing)];
  args.push(reduction === "none" ? 1 : 0, bits(weight));
  backend.run("crossEntropyGrad", args, rows, rows * (20 + classes * 1.2));
  return output;
}

function sizesOf(logits: TensorInfo, targets: TensorInfo): [rows: number, classes: number] {
  return [util.sizeFromShape(targets.shape), logits.shape[logits.shape.length - 1]!];
}

/** How many targets count, 1 if none. */
function countOf(backend: SimdBackend, targets: TensorInfo, ignoreIndex: number): number {
  const start = backend.addressOf(targets) / 4;
  const end = start + util.sizeFromShape(targets.shape);
  const { ints } = backend.heap;
  let count = 0;
  for (let at = start; at < end; at++) if (ints[at] !== ignoreIndex) count++;
  return Math.max(1, count);
}

export const crossEntropyKernels = [
  simdKernel<Inputs, Attributes>("TxSoftmaxCrossEntropy", ({ inputs, attrs, backend }) =>
    loss(backend, inputs, attrs),
  ),
  simdKernel<Inputs & { dy: TensorInfo }, Attributes>(
    "TxSoftmaxCrossEntropyGrad",
    ({ inputs, attrs, backend }) => gradient(backend, inputs, attrs),
  ),
];
