import { sinusoidalTable } from "@tx/positional";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { holds, inputsAre, weightsAre } from "./shape-of-case";

const layouts = ["interleaved", "concat"] as const;

/** The sinusoidal table at given positions, in either order of the columns. */
export const sinusoidal: Kind = {
  name: "sinusoidal",

  matches: (golden) =>
    inputsAre(golden, ["positions"]) &&
    weightsAre(golden, []) &&
    holds(golden, "config", "dModel") &&
    !holds(golden, "config", "headDim"),

  map(reader) {
    const positions = reader.input("positions").data;
    // The cases say it in their names only.
    const named = layouts.find((layout) => reader.golden.name.includes(layout));
    const layout = reader.choice(
      "layout",
      { interleaved: "interleaved", concat: "concat" } as const,
      named,
    );
    const base = reader.number("base", 10_000);
    const dModel = reader.number("dModel");
    const oddDModel = reader.has("config", "oddDModel") ? reader.number("oddDModel") : undefined;

    return () =>
      evaluate(reader.golden, {
        forward: () => ({
          output: sinusoidalTable(positions, dModel, { base, layout }),
          ...(oddDModel !== undefined && {
            output_odd: sinusoidalTable(positions, oddDModel, { base, layout }),
          }),
        }),
      });
  },
};
