import { reshape, type Tensor2D, type Tensor3D, tidy, transpose } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel } from "@tx/model";
import { matMul } from "@tx/ops";

/**
 * The scores of one layer before any mask and softmax, query · keyᵀ / √headDim.
 *
 * @param tokens int32 [1, seq]
 * @returns [heads][queries][keys]
 */
export async function rawScores(
  model: CausalLanguageModel,
  tokens: Tensor2D,
  layer = 0,
): Promise<number[][][]> {
  const scores = tidy(() => {
    const hidden: Tensor3D[] = [];
    model.forward(tokens, undefined, undefined, { hidden });
    const { attention, attentionResidual } = model.decoder.blocks[layer]!;
    const { heads, headDim } = attention;
    const input = attentionResidual.input(hidden[layer]!);
    const split = (x: Tensor3D) =>
      transpose(reshape(x, [-1, heads, headDim]), [1, 0, 2]) as Tensor3D;
    const [query, key] = [attention.query.forward(input), attention.key.forward(input)];
    return matMul<Tensor3D>(split(query), split(key), { transposeB: true });
  });
  try {
    const { headDim } = model.decoder.blocks[layer]!.attention;
    const all = await scores.array();
    return all.map((head) => head.map((row) => row.map((dot) => dot / Math.sqrt(headDim))));
  } finally {
    scores.dispose();
  }
}

/** What tells a matrix of scores that is symmetric with a strong diagonal from any other. */
export interface Shape {
  /** ‖S − Sᵀ‖ / ‖S + Sᵀ‖: 0 for a symmetric matrix, about 1 for one whose halves have nothing to do with each other. */
  readonly asymmetry: number;
  /** Share of the rows whose greatest score is on the diagonal. */
  readonly diagonal: number;
}

/** Over all heads. @param scores [heads][queries][keys] */
export function shapeOf(scores: readonly (readonly (readonly number[])[])[]): Shape {
  let [differences, sums, rows, onDiagonal] = [0, 0, 0, 0];
  for (const head of scores) {
    for (const [query, row] of head.entries()) {
      rows += 1;
      if (row.every((score) => score <= row[query]!)) onDiagonal += 1;
      for (const [key, score] of row.entries()) {
        differences += (score - head[key]![query]!) ** 2;
        sums += (score + head[key]![query]!) ** 2;
      }
    }
  }
  return { asymmetry: Math.sqrt(differences / sums), diagonal: onDiagonal / rows };
}
