import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "../backend";
import { forEach } from "../each";
import { dispatch, float, inRow, int } from "../program";
import { areAll, made, sizeOf } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

interface Inputs {
  /** [..., classes] */
  logits: TensorInfo;
  /** int32 [...] */
  targets: TensorInfo;
}

interface Attributes {
  ignoreIndex: number;
  labelSmoothing: number;
  reduction: "mean" | "sum" | "none";
}

/** Threads of the programs that go over one number a row. */
const THREADS = 256;

/** Threads that share a row. */
const threadsOf = (classes: number) => (classes > 1024 ? 256 : 64);

const sizesOf = ({ logits, targets }: Inputs) => ({
  rows: int(sizeOf(targets)),
  classes: int(logits.shape[logits.shape.length - 1]!),
});

/** The row's highest logit, and the sum of powers of what lies below it; `row`, `first`, `lane` before. */
const rowSums = (threads: number) => `
  let row = min(groupOf(), uniforms.rows - 1);
  let first = row * uniforms.classes;
  let lane = i32(localIndex);
  var top = logits[first + min(lane, uniforms.classes - 1)];
  for (var j = lane; j < uniforms.classes; j += ${threads}) { top = max(top, logits[first + j]); }
  top = maxOfGroup(top);
  var powers = 0.0;
  for (var j = lane; j < uniforms.classes; j += ${threads}) { powers += exp(logits[first + j] - top); }
  let total = sumOfGroup(powers);`;

/** The loss of each row; 0 where it is ignored. */
function rowLosses(backend: WebgpuBackend, inputs: Inputs, attrs: Attributes): TensorInfo {
  const { logits, targets } = inputs;
  const { ignoreIndex, labelSmoothing } = attrs;
  const sizes = sizesOf(inputs);
  const threads = threadsOf(sizes.classes.data[0]!);
  const isSmooth = labelSmoothing > 0;
  const losses = made(backend, targets.shape);
  dispatch(backend, {
    name: `crossEntropy${threads}${isSmooth ? "Smooth" : ""}`,
    reads: { logits, targets },
    writes: { losses },
    types: { targets: "i32" },
    uniforms: { ...sizes, ignoreIndex: int(ignoreIndex), smoothing: float(labelSmoothing) },
    threads,
    reduces: "f32",
    groups: inRow(sizeOf(targets)),
    code: () => `
fn main() {
  ${rowSums(threads)}
  let logSum = log(total);
  var loss = logSum - (logits[first + clamp(targets[row], 0, uniforms.classes - 1)] - top);
  ${
    isSmooth
      ? `var below = 0.0;
  for (var j = lane; j < uniforms.classes; j += ${threads}) { below += logits[first + j] - top; }
  let spread = logSum - sumOfGroup(below) / f32(uniforms.classes);
  loss = loss * (1.0 - uniforms.smoothing) + spread * uniforms.smoothing;`
      : ""
  }
  // Selected, not multiplied: smoothed over a class that is ruled out, a loss is infinite.
  if (lane == 0) { losses[row] = select(loss, 0.0, targets[row] == uniforms.ignoreIndex); }
}`,
  });
  return losses;
}

/** A number over the number of targets that count, or 1 if none does; or the sum of numbers. */
function overCount(
  backend: WebgpuBackend,
  { values, targets }: { values: TensorInfo; targets: TensorInfo },
  attrs: Attributes,
): TensorInfo {
  const whole = made(backend, []);
  const isMean = attrs.reduction === "mean";
  dispatch(backend, {
    name: `overCount${isMean}`,
    reads: { values, ...(isMean && { targets }) },
    writes: { whole },
    types: { targets: "i32" },
    uniforms: {
      valueCount: int(sizeOf(values)),
      rows: int(sizeOf(targets)),
      ignoreIndex: int(attrs.ignoreIndex),
    },
    threads: THREADS,
    reduces: "vec2<f32>",
    groups: [1, 1, 1],
    code: () => `
fn main() {
  var sum = vec2<f32>();
  for (var n = i32(localIndex); n < uniforms.valueCount; n += ${THREADS}) { sum.x += values[n]; }
  ${
    isMean
      ? `for (var n = i32(localIndex); n < uniforms.rows; n += ${THREADS}) {
    sum.y += select(1.0, 0.0, targets[n] == uniforms.ignoreIndex);
  }`
      : ""
  }
  let sums = sumOfGroup(sum);
  if (localIndex == 0u) { whole[0] = ${isMean ? "sums.x / max(sums.y, 1.0)" : "sums.x"}; }
}`,
  });
  return whole;
}

/** The gradient of the logits, by a weight for all rows or for each. */
function logitGradient(
  backend: WebgpuBackend,
  inputs: Inputs,
  weight: TensorInfo,
  { ignoreIndex, labelSmoothing, reduction }: Attributes,
): TensorInfo {
  const { logits, targets } = inputs;
  const sizes = sizesOf(inputs);
  const classes = sizes.classes.data[0]!;
  const threads = threadsOf(classes);
  const dLogits = made(backend, logits.shape);
  dispatch(backend, {
    name: `crossEntropyGradient${threads}${reduction === "none" ? "Rows" : ""}`,
    reads: { logits, targets, weight },
    writes: { dLogits },
    types: { targets: "i32" },
    uniforms: {
      ...sizes,
      ignoreIndex: int(ignoreIndex),
      hit: float(1 - labelSmoothing),
      spread: float(labelSmoothing / classes),
    },
    threads,
    reduces: "f32",
    groups: inRow(sizeOf(targets)),
    code: () => `
fn main() {
  ${rowSums(threads)}
  let isIgnored = targets[row] == uniforms.ignoreIndex;
  let w = weight[${reduction === "none" ? "row" : "0"}];
  for (var j = lane; j < uniforms.classes; j += ${threads}) {
    let wanted = select(0.0, uniforms.hit, j == targets[row]) + uniforms.spread;
    // Selected: whatever an ignored row holds, its gradient is 0.
    dLogits[first + j] = select((exp(logits[first + j] - top) / total - wanted) * w, 0.0, isIgnored);
  }
}`,
  });
  return dLogits;
}

const canRun = ({ logits, targets }: Inputs) =>
  areAll("float32", logits) && areAll("int32", targets);

export const crossEntropyKernels = [
  webgpuKernel<Inputs, Attributes>("TxSoftmaxCrossEntropy", ({ inputs, attrs, backend }) => {
    if (!canRun(inputs)) return declined;
    const losses = rowLosses(backend, inputs, attrs);
    if (attrs.reduction === "none") return losses;
    const { targets } = inputs;
    const whole = overCount(backend, { values: losses, targets }, attrs);
    backend.disposeData(losses.dataId);
    return whole;
  }),
  webgpuKernel<Inputs & { dy: TensorInfo }, Attributes>(
    "TxSoftmaxCrossEntropyGrad",
    ({ inputs: { logits, targets, dy }, attrs, backend }) => {
      if (!canRun({ logits, targets }) || !areAll("float32", dy)) return declined;
      if (attrs.reduction !== "mean") return logitGradient(backend, { logits, targets }, dy, attrs);
      const weight = overCount(backend, { values: dy, targets }, attrs);
      const gradient = logitGradient(backend, { logits, targets }, weight, attrs);
      backend.disposeData(weight.dataId);
      return gradient;
    },
  ),
  webgpuKernel<{ targets: TensorInfo }, Omit<Attributes, "labelSmoothing"> & { classes: number }>(
    "TxNoClassAsNaN",
    ({ inputs: { targets }, attrs: { classes, ignoreIndex, reduction }, backend }) => {
      if (!areAll("int32", targets)) return declined;
      const uniforms = { classes: int(classes), ignoreIndex: int(ignoreIndex) };
      const isFine = (n: string) => `let target_ = targets[${n}];
    let isFine = (target_ >= 0 && target_ < uniforms.classes) || target_ == uniforms.ignoreIndex;`;
      const marks = made(backend, reduction === "none" ? targets.shape : []);
      const shared = { reads: { targets }, writes: { marks }, types: { targets: "i32" } };
      if (reduction === "none") {
        forEach(backend, {
          ...shared,
          name: "noClass",
          uniforms,
          body: `${isFine("i")}
    marks[i] = select(uniforms.NAN, 0.0, isFine);`,
        });
        return marks;
      }
      dispatch(backend, {
        ...shared,
        name: "noClassInAny",
        uniforms: { ...uniforms, rows: int(sizeOf(targets)) },
        threads: THREADS,
        reduces: "f32",
        groups: [1, 1, 1],
        code: () => `
fn main() {
  var strangers = 0.0;
  for (var n = i32(localIndex); n < uniforms.rows; n += ${THREADS}) {
    ${isFine("n")}
    strangers += select(1.0, 0.0, isFine);
  }
  let any = sumOfGroup(strangers);
  if (localIndex == 0u) { marks[0] = select(0.0, uniforms.NAN, any > 0.0); }
}`,
      });
      return marks;
    },
  ),
];
