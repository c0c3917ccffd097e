import {
  add,
  dispose,
  grads,
  linalg,
  matMul,
  mul,
  ones,
  randomNormal,
  softmax,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";

/** 0 where a query may attend, a large negative number where it may not; [length, length]. */
export function causalMask(length: number): Tensor2D {
  return tidy(() => mul(sub(1, linalg.bandPart(ones([length, length]), -1, 0)), -1e9) as Tensor2D);
}

/** Attention as it is written in plain operations; [batch, heads, queries, headDim]. */
export function attend(query: Tensor, key: Tensor, value: Tensor, mask?: Tensor2D): Tensor {
  const scores = mul(matMul(query, key, false, true), 1 / Math.sqrt(query.shape.at(-1)!));
  return matMul(softmax(mask ? add(scores, mask) : scores, -1), value);
}

/** The work of our own attentionOnce in plain operations. @returns Milliseconds. */
export async function stockAttentionOnce(length: number): Promise<number> {
  const random = (): Tensor4D => randomNormal([1, 4, length, 32]);
  const [query, key, value, dy] = [random(), random(), random(), random()];
  const started = performance.now();
  const gradients = tidy(() => {
    const mask = causalMask(length);
    return grads((q, k, v) => attend(q, k, v, mask))([query, key, value], dy);
  });
  await gradients[0]?.data();
  const taken = performance.now() - started;
  dispose([...gradients, query, key, value, dy]);
  return taken;
}
