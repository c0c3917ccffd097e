import { type GradSaveFunc, type Tensor, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import type { AttentionOptions } from "./attention";
import { checkCall, settingsOf } from "./call";
import { headsFirst, padRows, rowAxis, takeRows } from "./layout";
import { scoreGradients, weightsReference } from "./reference";

/**
 * The weights that `attention` mixes the values by, before dropout, for people who look at
 * attention. Arguments as there.
 *
 * @returns [batch, heads, queries, keys] in every layout; a row sums to 1, or to 0 where a query may
 *   see nothing.
 * @throws ShapeError and RangeError as attention.
 */
export function attentionWeights(
  query: Tensor4D,
  key: Tensor4D,
  options: Omit<AttentionOptions, "dropout" | "scoreBytes"> = {},
): Tensor4D {
  checkCall(query, key, undefined, options);
  const settings = settingsOf(query, options);
  const { layout, keyCount } = settings;
  const size = key.shape[rowAxis(layout)];
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    const [query, key, bias] = args as [Tensor, Tensor, Tensor?];
    const [q, k] = [headsFirst(query, layout), headsFirst(takeRows(key, layout, keyCount), layout)];
    const weights = weightsReference(q, k, { ...settings, bias });
    save([weights, q, k]);
    return {
      value: weights,
      gradFunc: (dWeights: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [weights, q, k] = saved as [Tensor, Tensor, Tensor];
          const gradients = scoreGradients(dWeights, weights, q, k, { ...settings, bias });
          const [dQuery, dKey, ...dBias] = gradients;
          return [
            headsFirst(dQuery!, layout),
            padRows(headsFirst(dKey!, layout), layout, size),
            ...dBias,
          ];
        }),
    };
  })(query, key, ...(options.bias ? [options.bias] : [])) as Tensor4D;
}
