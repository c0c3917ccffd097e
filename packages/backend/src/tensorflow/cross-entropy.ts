import {
  add,
  cast,
  div,
  expandDims,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  mean,
  mul,
  neg,
  notEqual,
  reshape,
  scalar,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { composed } from "./kernel";
import { attributesFor, type NativeBackend } from "./native";

interface Inputs {
  /** float32 [..., classes] */
  readonly logits: Tensor;
  /** int32 [...] */
  readonly targets: Tensor;
}

interface Attributes {
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
  readonly reduction: "mean" | "sum" | "none";
}

/** `TxSoftmaxCrossEntropy` of @tx/ops by TensorFlow's own sparse cross-entropy. */
export const crossEntropy = composed<Inputs, Attributes>(({ inputs, attrs, backend }) => {
  const { targets } = inputs;
  const { labelSmoothing, reduction } = attrs;
  const { rows, counts, classes } = read(inputs, attrs);
  let [losses] = sparse(backend, rows, classes) as [Tensor, Tensor];
  if (labelSmoothing > 0) {
    const { type } = attributesFor(backend);
    const logs = backend.executeSingleOutput("LogSoftmax", [type("T")], [rows]);
    const spread = neg(mean(logs, -1));
    losses = add(mul(losses, 1 - labelSmoothing), mul(spread, labelSmoothing));
  }
  // Selected, not multiplied: an ignored row may hold NaN.
  const kept = where(counts, losses, zerosLike(losses));
  if (reduction === "none") return reshape(kept, targets.shape);
  return reduction === "sum" ? sum(kept) : div(sum(kept), countOf(counts));
});

/** `TxSoftmaxCrossEntropyGrad`: the same operation hands out softmax − target at once. */
export const crossEntropyGrad = composed<Inputs & { dy: Tensor }, Attributes>(
  ({ inputs, attrs, backend }) => {
    const { logits, dy } = inputs;
    const { labelSmoothing, reduction } = attrs;
    const { rows, counts, classes } = read(inputs, attrs);
    let [, slopes] = sparse(backend, rows, classes) as [Tensor, Tensor];
    if (labelSmoothing > 0) {
      const spread = sub(softmax(rows), 1 / rows.shape[1]);
      slopes = add(mul(slopes, 1 - labelSmoothing), mul(spread, labelSmoothing));
    }
    const weight = reduction === "mean" ? div(dy, countOf(counts)) : dy;
    const column = reduction === "none" ? reshape(weight, [-1, 1]) : weight;
    const gradient = mul(slopes, column);
    const kept = where(expandDims(counts, 1), gradient, zerosLike(gradient));
    return reshape(kept, logits.shape);
  },
);

/** Logits and targets by rows: which count, and a class for each, which TensorFlow insists on. */
function read({ logits, targets }: Inputs, { ignoreIndex }: Attributes) {
  const width = logits.shape[logits.rank - 1]!;
  const rows = reshape(logits, [targets.size, width]) as Tensor2D;
  const flat = reshape(targets, [-1]) as Tensor1D;
  const int = (value: number) => scalar(value, "int32");
  const isClass = logicalAnd(greaterEqual(flat, int(0)), less(flat, int(width)));
  const counts = notEqual(flat, int(ignoreIndex));
  return { rows, counts, classes: where(isClass, flat, zerosLike(flat)) };
}

/** [losses [rows], softmax − target [rows, classes]] */
function sparse(backend: NativeBackend, rows: Tensor2D, classes: Tensor): Tensor[] {
  const { type } = attributesFor(backend);
  const name = "SparseSoftmaxCrossEntropyWithLogits";
  const attributes = [type("T"), type("Tlabels", "int32")];
  return backend.executeMultipleOutputs(name, attributes, [rows, classes], 2);
}

function countOf(counts: Tensor): Tensor {
  return maximum(sum(cast(counts, "float32")), 1);
}
