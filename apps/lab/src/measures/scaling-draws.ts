import {
  grad,
  randomNormal,
  reshape,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import { attention } from "@tx/attention";
import { type Rng, registerGradients } from "@tx/core";
import { matMul } from "@tx/ops";
import { largestJacobianEntry } from "./softmax-jacobian";

/** What was measured for each draw of a query and its keys, without and with the factor. */
export interface ScalingDraws {
  readonly unscaled: Measured;
  readonly scaled: Measured;
}

interface Measured {
  /** Largest absolute entry of the softmax's Jacobian. */
  readonly jacobian: number[];
  /** Norm of the gradient at the query, through our attention. */
  readonly gradient: number[];
}

/** Numbers drawn at a time: some tenths of a second. */
const AT_ONCE = 2 ** 20;

/**
 * Draws queries and keys of standard normal numbers and measures both ways on the same ones. Yields
 * how many draws are done.
 *
 * The values have one feature: all that a loss sees of a value is one number, standard normal as it
 * would be for any fixed direction in more features.
 */
export async function* scalingDraws(
  { draws, keys, headDim }: { draws: number; keys: number; headDim: number },
  rng: Rng,
): AsyncGenerator<number, ScalingDraws, void> {
  registerGradients();
  const measured = { unscaled: nothing(), scaled: nothing() };
  const most = Math.max(1, Math.floor(AT_ONCE / (keys * headDim)));
  for (let done = 0; done < draws; done += most) {
    const batch = Math.min(most, draws - done);
    const normals = (rows: number, width: number): Tensor4D =>
      randomNormal([batch, 1, rows, width], 0, 1, "float32", rng.nextSeed());
    const [query, key, value] = [normals(1, headDim), normals(keys, headDim), normals(keys, 1)];
    try {
      const dots = await numbersOf(() => matMul(query, key, { transposeB: true }));
      for (const [way, scale] of [
        ["unscaled", 1],
        ["scaled", 1 / Math.sqrt(headDim)],
      ] as const) {
        for (let draw = 0; draw < batch; draw++) {
          const scores = dots.subarray(draw * keys, (draw + 1) * keys).map((dot) => dot * scale);
          measured[way].jacobian.push(largestJacobianEntry(scores));
        }
        const norms = await numbersOf(() => gradientNorms({ query, key, value }, scale));
        measured[way].gradient.push(...norms);
      }
    } finally {
      for (const tensor of [query, key, value]) tensor.dispose();
    }
    yield done + batch;
  }
  return measured;
}

/** [batch]: how long the gradient of the output is, seen from the query. */
function gradientNorms(
  { query, key, value }: { query: Tensor4D; key: Tensor4D; value: Tensor4D },
  scale: number,
): Tensor {
  const output = (q: Tensor) => sum(attention(q as Tensor4D, key, value, { scale }));
  const gradient = reshape(grad(output)(query), [query.shape[0], -1]);
  return sqrt(sum(square(gradient), 1));
}

/** The numbers of a tensor that is made here and freed again. */
async function numbersOf(make: () => Tensor): Promise<Float32Array> {
  const tensor = tidy(make);
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}

const nothing = (): Measured => ({ jacobian: [], gradient: [] });
