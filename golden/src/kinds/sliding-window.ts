import { and, attendHeads, causalWindow, symmetricWindow } from "@tx/attention";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { givesHeads, headTensors, readHeads } from "./heads-of-case";
import { allowed } from "./masks";
import { holds, weightsAre } from "./shape-of-case";

/** Attention through a causal or a symmetric window; both masks are listed. */
export const slidingWindow: Kind = {
  name: "sliding-window",

  matches: (golden) =>
    givesHeads(golden) &&
    weightsAre(golden, []) &&
    holds(golden, "config", "kind") &&
    (holds(golden, "config", "window") || holds(golden, "config", "radius")),

  map(reader) {
    const { inputs, cotangent, sizes, mask } = readHeads(reader);
    const one = { ...sizes, batch: 1 };
    const masks = {
      ...(reader.has("config", "window") && { causal: causalWindow(reader.number("window")) }),
      ...(reader.has("config", "radius") && {
        symmetric: symmetricWindow(reader.number("radius")),
      }),
    };
    const chosen = reader.choice("kind", masks);

    return () =>
      evaluate(reader.golden, {
        inputs,
        cotangent,
        forward: (tensors) => {
          const { output, weights } = attendHeads(...headTensors(tensors), {
            mask: and(chosen, mask() ?? {}),
            returnWeights: true,
          });
          return {
            output,
            attention_weights: weights,
            ...(masks.causal && { mask_causal: allowed(masks.causal, one) }),
            ...(masks.symmetric && { mask_symmetric: allowed(masks.symmetric, one) }),
          };
        },
      });
  },
};
