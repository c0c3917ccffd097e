import { pad, reshape, slice, type Tensor, transpose, util } from "@tensorflow/tfjs-core";
import type { AttentionLayout, Run } from "./call";

/** A tensor of a layout as [batch, heads, rows, width]; or back, as it is its own inverse. */
export function headsFirst(x: Tensor, layout: AttentionLayout): Tensor {
  return layout === "bhsd" ? x : transpose(x, [0, 2, 1, 3]);
}

/** The axis of rows in a tensor of a layout. */
export const rowAxis = (layout: AttentionLayout) => (layout === "bhsd" ? 2 : 1);

/** The first rows of a tensor of a layout; all without a count. */
export function takeRows(x: Tensor, layout: AttentionLayout, count: number | undefined): Tensor {
  return count === undefined ? x : sliceAxis(x, rowAxis(layout), 0, count);
}

/**
 * Some entries along one axis. As a slice of a matrix, since tfjs 4.22.0's wasm backend cuts tensors of
 * more axes by their last one, number by number: 10 times as long for heads of 32.
 */
export function sliceAxis(x: Tensor, axis: number, first: number, count: number): Tensor {
  const { shape } = x;
  if (count === shape[axis]) return x;
  const inner = util.sizeFromShape(shape.slice(axis + 1));
  const outer = util.sizeFromShape(shape.slice(0, axis));
  const matrix = reshape(x, [outer, shape[axis]! * inner]);
  const cut = slice(matrix, [0, first * inner], [outer, count * inner]);
  return reshape(
    cut,
    shape.map((size, n) => (n === axis ? count : size)),
  );
}

/** The gradient of a tensor from that of its first rows: zeros beyond. */
export function padRows(gradient: Tensor, layout: AttentionLayout, size: number): Tensor {
  const axis = rowAxis(layout);
  const missing = size - gradient.shape[axis]!;
  if (missing === 0) return gradient;
  const paddings = gradient.shape.map((_, n): [number, number] => [0, n === axis ? missing : 0]);
  return pad(gradient, paddings);
}

/** Lets a way of computing that knows [batch, heads, rows, width] alone serve every layout. */
export function withHeadsFirst(run: Run): Run {
  return ({ query, key, value, bias }, settings) => {
    const { layout } = settings;
    const turned = (x: Tensor) => headsFirst(x, layout);
    const operands = { query: turned(query), key: turned(key), value: turned(value), bias };
    const [output, kept, gradient] = run(operands, { ...settings, layout: "bhsd" });
    return [
      turned(output),
      kept,
      (told) => {
        const gradients = gradient({ ...told, dy: turned(told.dy) }) as Tensor[];
        return gradients.map((x, operand) => (operand < 3 ? turned(x) : x));
      },
    ];
  };
}

/** Lets a way of computing that reads all keys serve buffers with room. */
export function withKeysTaken(run: Run): Run {
  return (operands, settings) => {
    const { layout, keyCount } = settings;
    if (keyCount === undefined) return run(operands, settings);
    const size = operands.key.shape[rowAxis(layout)]!;
    const [key, value] = [operands.key, operands.value].map((x) => takeRows(x, layout, keyCount));
    const some = { ...operands, key: key!, value: value! };
    const [output, kept, gradient] = run(some, { ...settings, keyCount: undefined });
    return [
      output,
      kept,
      (told) => {
        const [dQuery, dKey, dValue, ...dBias] = gradient(told) as Tensor[];
        return [dQuery!, padRows(dKey!, layout, size), padRows(dValue!, layout, size), ...dBias];
      },
    ];
  };
}
