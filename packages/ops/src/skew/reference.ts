import { pad, reshape, slice, type Tensor } from "@tensorflow/tfjs-core";

/** See {@link skew}; in stock operations, without a gradient of its own. */
export function skewReference(x: Tensor): Tensor {
  const [batch, heads, queries, distances] = x.shape as [number, number, number, number];
  const rows = batch * heads;
  // One more column makes each row of the flat numbers begin one place further left than the last.
  const wide = pad(reshape(x, [rows, queries, distances]), [
    [0, 0],
    [0, 0],
    [0, 1],
  ]);
  const flat = reshape(wide, [rows, queries * (distances + 1)]);
  const shifted = slice(flat, [0, queries - 1], [rows, queries * distances]);
  const keys = distances - queries + 1;
  const turned = slice(
    reshape(shifted, [rows, queries, distances]),
    [0, 0, 0],
    [rows, queries, keys],
  );
  return reshape(turned, [batch, heads, queries, keys]);
}

/** See {@link unskew}; in stock operations, without a gradient of its own. */
export function unskewReference(x: Tensor): Tensor {
  const [batch, heads, queries, keys] = x.shape as [number, number, number, number];
  const [rows, distances] = [batch * heads, queries + keys - 1];
  const wide = pad(reshape(x, [rows, queries, keys]), [
    [0, 0],
    [0, 0],
    [0, queries - 1],
  ]);
  const flat = pad(reshape(wide, [rows, queries * distances]), [
    [0, 0],
    [queries - 1, 1],
  ]);
  const turned = slice(
    reshape(flat, [rows, queries, distances + 1]),
    [0, 0, 0],
    [rows, queries, distances],
  );
  return reshape(turned, [batch, heads, queries, distances]);
}
