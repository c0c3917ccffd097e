import { type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { Run } from "./call";
import { withHeadsFirst, withKeysTaken } from "./layout";
import { attentionGradReference, mixReference, weightsReference } from "./reference";

/** Attention in stock operations, by the whole matrix of weights. */
export const composed: Run = /* @__PURE__ */ withKeysTaken(
  /* @__PURE__ */ withHeadsFirst(({ query, key, value, bias }, settings, save) => {
    const weights = weightsReference(query, key, { ...settings, bias });
    save([weights, query, key, value]);
    return {
      value: mixReference(weights, value, settings),
      gradFunc: (dy, saved) =>
        tidy(() => {
          const [weights, query, key, value] = saved as [Tensor, Tensor, Tensor, Tensor];
          return attentionGradReference(dy, weights, query, key, value, { ...settings, bias });
        }),
    };
  }),
);
