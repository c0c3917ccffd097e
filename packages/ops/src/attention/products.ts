import {
  getBackend,
  reshape,
  matMul as stockMatMul,
  type Tensor,
  type Tensor2D,
  transpose,
} from "@tensorflow/tfjs-core";

/**
 * One product for each batch and head, [batch, heads, rows, columns].
 *
 * tfjs 4.22.0's wasm backend multiplies fast only for a batch of one without transpose flags; all else
 * is a scalar loop, some 10 times slower. So there a single pair gets a plain product, and never the
 * scores but the smaller operand is turned.
 *
 * @param a [batch, heads, rows, inner], or [batch, heads, inner, rows] if transposed
 * @param b [batch, heads, inner, columns], or [batch, heads, columns, inner] if transposed
 */
export function products(a: Tensor, b: Tensor, transposed?: "a" | "b"): Tensor {
  const single = a.shape[0] === 1 && a.shape[1] === 1;
  if (!single || getBackend() !== "wasm") {
    return stockMatMul(a, b, transposed === "a", transposed === "b");
  }
  const [x, y] = [matrixOf(a), matrixOf(b)];
  const product =
    transposed === "a"
      ? transpose(stockMatMul(transpose(y), x))
      : stockMatMul(x, transposed === "b" ? transpose(y) : y);
  return reshape(product, [1, 1, ...product.shape] as [number, number, number, number]);
}

const matrixOf = (x: Tensor) => reshape(x, [x.shape[2]!, x.shape[3]!]) as Tensor2D;
