import { filteredProbabilities } from "@tx/model";
import type { Kind } from "../kind";
import { axis, holds, inputsAre, weightsAre } from "./shape-of-case";

/** Distributions that are drawn from, for several settings of the filters. */
export const samplingFilters: Kind = {
  name: "sampling-filters",

  matches: (golden) =>
    golden.package === "model" &&
    inputsAre(golden, ["logits"]) &&
    weightsAre(golden, []) &&
    holds(golden, "config", "settings"),

  map(reader) {
    const { shape, data } = reader.input("logits");
    const settings = reader.settings("settings", ["temperature", "topK", "topP", "minP"]);
    reader.phrase("order", /^temperature, topK, topP(, minP)?$/);
    const classes = axis({ shape }, -1);
    const rows = Array.from({ length: data.length / classes }, (_, row) =>
      data.slice(row * classes, (row + 1) * classes),
    );

    return async () => {
      const outputs: Record<string, number[]> = {};
      for (const [n, setting] of settings.entries()) {
        const probabilities = rows.flatMap((row) => [...filteredProbabilities(row, setting)]);
        outputs[`probabilities_${n}`] = probabilities;
        outputs[`kept_${n}`] = probabilities.map((p) => (p > 0 ? 1 : 0));
      }
      return { outputs };
    };
  },
};
