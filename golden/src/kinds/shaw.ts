import { ones, range, reshape, type Tensor, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { attendHeads } from "@tx/attention";
import { Rng, spanOf } from "@tx/core";
import { shaw } from "@tx/positional";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { plainWeight } from "../weights";
import { givesHeads, headTensors, readHeads } from "./heads-of-case";
import { axis, weightsAre } from "./shape-of-case";

/** Shaw's relative positions on given heads: with keys, or with keys and values. */
export const shawRelative: Kind = {
  name: "shaw",

  matches: (golden) => givesHeads(golden) && weightsAre(golden, ["relative_k"], ["relative_v"]),

  map(reader) {
    const { inputs, cotangent, sizes, mask } = readHeads(reader);
    const table = reader.weight("relative_k");
    const values = reader.has("weights", "relative_v");
    const weights = [
      plainWeight(reader, "key", "relative_k"),
      ...(values ? [plainWeight(reader, "value", "relative_v")] : []),
    ];
    const clip = (axis(table, -2) - 1) / 2;
    reader.sizes({ clip });
    const options = {
      ...{ headDim: axis(table, -1), clip, values, rng: new Rng(1) },
      ...(table.shape.length === 3 && { heads: axis(table, 0) }),
    };

    return () => {
      const positional = shaw(options);
      return evaluate(reader.golden, {
        inputs,
        cotangent,
        module: positional,
        weights,
        forward: (tensors) => {
          const { output, weights } = attendHeads(...headTensors(tensors), {
            ...{ mask: mask(), positional, returnWeights: true },
          });
          return {
            output,
            attention_weights: weights,
            relative_index: rowsOf(clip, sizes.queries, sizes.keys),
          };
        },
      });
    };
  },
};

/** Which row of the table each pair reads: what a table whose rows hold their numbers scores. */
function rowsOf(clip: number, queries: number, keys: number): Tensor {
  const numbered = shaw({
    ...{ headDim: 1, clip, values: false, rng: new Rng(1) },
    init: ([rows]) => reshape(range(0, rows!), [rows!, 1]),
  });
  const query: Tensor4D = ones([1, 1, queries, 1]);
  const context = { query, key: query, scale: 1, mask: {}, layer: 0 };
  const rows = numbered.scores(zeros([1, 1, queries, keys]), {
    ...context,
    span: spanOf(queries, keys),
  });
  numbered.dispose();
  return rows;
}
