import { reshape, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { Rng, spanOf } from "@tx/core";
import { type T5BucketOptions, t5Bias, t5Bucket } from "@tx/positional";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { plainWeight } from "../weights";
import { axis, inputsAre, weightsAre } from "./shape-of-case";

/** T5's buckets and its bias by themselves, without attention. */
export const t5BiasAlone: Kind = {
  name: "t5-bias",

  matches: (golden) =>
    inputsAre(golden, [], ["distances", "cotangent"]) &&
    weightsAre(golden, ["relative_attention_bias"]),

  map(reader) {
    const table = reader.weight("relative_attention_bias");
    const weights = [plainWeight(reader, "table", "relative_attention_bias")];
    const [buckets, heads] = [axis(table, 0), axis(table, 1)];
    const options = {
      buckets,
      maxDistance: reader.number("maxDistance", 128),
      bidirectional: reader.flag("bidirectional"),
    };
    const distances = reader.optionalInput("distances");
    const cotangent = reader.optionalInput("cotangent");
    const { output } = reader.golden.outputs;
    const [queries, keys] = [axis(output ?? table, -2), axis(output ?? table, -1)];
    reader.sizes({ heads, numBuckets: buckets, queries, keys });
    reader.phrase("distance", /^key position - query position$/);
    reader.phrase("alignment", /^last query at the last key$/);
    // Where float32 would err: buckets are found on the host, in float64.
    reader.remarks("float32LogDiffersAt");

    return () => {
      const strategy = t5Bias({ ...options, heads, rng: new Rng(1) });
      return evaluate(reader.golden, {
        module: strategy,
        weights,
        cotangent,
        forward: () => ({
          output: reshape(strategy.bias(heads, spanOf(queries, keys)), [heads, queries, keys]),
          bucket: bucketsOf(distancesOf(queries, keys), [queries, keys], options),
          ...(distances && {
            bucket_of_distance: bucketsOf(distances.data, distances.shape, options),
          }),
        }),
      });
    };
  },
};

/** Key minus query of every pair, both sides aligned at the end. */
function distancesOf(queries: number, keys: number): number[] {
  return Array.from(
    { length: queries * keys },
    (_, n) => (n % keys) - (keys - queries + Math.floor(n / keys)),
  );
}

function bucketsOf(
  distances: readonly number[],
  shape: readonly number[],
  options: T5BucketOptions,
): Tensor {
  return tensor(
    distances.map((distance) => t5Bucket(distance, options)),
    [...shape],
  );
}
