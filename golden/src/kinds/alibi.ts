import { reshape, tensor1d } from "@tensorflow/tfjs-core";
import { causal } from "@tx/attention";
import { spanOf } from "@tx/core";
import { alibi, alibiSlopes } from "@tx/positional";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { allowed } from "./masks";
import { hinted, holds, inputsAre, weightsAre } from "./shape-of-case";

/** ALiBi by itself: slopes for head counts that the outputs name, and the bias in both forms. */
export const alibiBias: Kind = {
  name: "alibi",

  matches: (golden) =>
    hinted(golden, /^positional\/.*alibi/i, /\bALiBi\b/i) &&
    inputsAre(golden, []) &&
    weightsAre(golden, []) &&
    holds(golden, "config", "heads", "queries", "keys"),

  map(reader) {
    const heads = reader.number("heads");
    const queries = reader.number("queries");
    const keys = reader.number("keys");
    reader.phrase("alignment", /^last query at the last key$/);
    const counts = Object.keys(reader.golden.outputs).flatMap((name) =>
      (/^slopes_(\d+)$/.exec(name) ?? []).slice(1).map(Number),
    );

    return () =>
      evaluate(reader.golden, {
        forward: () => {
          const span = spanOf(queries, keys);
          const bias = (form: "causal" | "symmetric") =>
            reshape(alibi({ form }).bias(heads, span), [heads, queries, keys]);
          return {
            ...Object.fromEntries(
              counts.map((count) => [`slopes_${count}`, tensor1d(alibiSlopes(count))]),
            ),
            mask: allowed(causal(), { batch: 1, queries, keys }),
            bias_causal: bias("causal"),
            bias_symmetric: bias("symmetric"),
          };
        },
      });
  },
};
