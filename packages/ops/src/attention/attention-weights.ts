import { type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { withGradient } from "../with-gradient";
import type { AttentionOptions } from "./attention";
import { settled } from "./call";
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
  const { settings } = settled(query, key, undefined, options);
  const { layout, keyCount } = settings;
  const size = key.shape[rowAxis(layout)];
  const { bias } = options;
  return tidy(() =>
    withGradient({ query, key, bias }, () => {
      const q = headsFirst(query, layout);
      const k = headsFirst(takeRows(key, layout, keyCount), layout);
      const weights = weightsReference(q, k, { ...settings, bias });
      return [
        weights,
        { weights, q, k },
        ({ dy, weights, q, k }) => {
          const gradients = scoreGradients(dy, weights, q, k, { ...settings, bias });
          const [dQuery, dKey, ...dBias] = gradients;
          return [
            headsFirst(dQuery!, layout),
            padRows(headsFirst(dKey!, layout), layout, size),
            ...dBias,
          ];
        },
      ];
    }),
  );
}
