import type { Tensor } from "@tensorflow/tfjs-core";
import type { Run } from "./call";
import { withHeadsFirst, withKeysTaken } from "./layout";
import { attentionGradReference, mixReference, weightsReference } from "./reference";

/** Attention in stock operations, by the whole matrix of weights. */
export const composed: Run = /* @__PURE__ */ withKeysTaken(
  /* @__PURE__ */ withHeadsFirst(({ query, key, value, bias }, settings) => {
    const weights = weightsReference(query, key, { ...settings, bias });
    return [
      mixReference(weights, value, settings),
      { weights, query, key, value },
      (told) => attentionGradReference(told as Kept, { ...settings, bias }),
    ];
  }),
);

type Kept = Record<"dy" | "weights" | "query" | "key" | "value", Tensor>;
