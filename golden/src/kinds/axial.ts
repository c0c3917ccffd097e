import { type Tensor3D, zeros as zerosOf } from "@tensorflow/tfjs-core";
import { Rng, spanOf, zeros } from "@tx/core";
import { axial as axialPositions } from "@tx/positional";
import type { CaseReader } from "../case-reader";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { plainWeight } from "../weights";
import { axis, inputsAre, weightsAre } from "./shape-of-case";

/** Axial positions, from the first one on. */
export const axial: Kind = {
  name: "axial",

  matches: (golden) =>
    inputsAre(golden, [], ["cotangent"]) && weightsAre(golden, ["axis0.weight", "axis1.weight"]),

  map(reader) {
    const weights = [
      plainWeight(reader, "rows.table", "axis0.weight"),
      plainWeight(reader, "columns.table", "axis1.weight"),
    ];
    const tables = weights.map(({ value }) => value);
    const shape = tables.map((table) => axis(table, 0)) as [number, number];
    const dims = tables.map((table) => axis(table, 1)) as [number, number];
    checkPair(reader, "axialShape", shape);
    checkPair(reader, "axialDims", dims);
    // How they meet shows in the width of the result, where the case does not say it.
    const width = axis(reader.golden.outputs.output ?? { shape: [] }, -1);
    const shown = width === dims[0] + dims[1] ? "concat" : "sum";
    const combine = reader.choice("combine", { concat: "concat", sum: "sum" } as const, shown);
    if (combine === "sum" && dims[0] !== dims[1]) {
      throw new NotMapped(`weights: expected one width for a sum, got ${dims.join(" and ")}`);
    }
    reader.phrase("order", /^position = row \* columns \+ column$/);
    const length = reader.number("length", shape[0] * shape[1]);
    const dModel = combine === "sum" ? dims[0] : dims[0] + dims[1];
    reader.sizes({ dModel });
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const module = axialPositions({
        ...{ dModel, combine, shape, dims },
        rng: new Rng(1),
        init: zeros,
      });
      const nothing = (): Tensor3D => zerosOf([1, length, dModel]);
      return evaluate(reader.golden, {
        module,
        weights,
        cotangent,
        forward: () => ({ output: module.embed(nothing(), spanOf(length)) }),
      });
    };
  },
};

/** @throws NotMapped if the configuration has other sizes than the weights. */
function checkPair(reader: CaseReader, key: string, sizes: readonly number[]): void {
  reader.remarks(key);
  const told = JSON.stringify(reader.golden.config[key] ?? sizes);
  if (told !== JSON.stringify(sizes)) {
    throw new NotMapped(`config.${key}: expected ${JSON.stringify(sizes)}, got ${told}`);
  }
}
