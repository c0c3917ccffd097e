import {
  cosine,
  type DecayShape,
  inverseSqrt,
  linear,
  noam,
  type Schedule,
  warmupStableDecay,
} from "@tx/schedule";
import type { CaseReader } from "../case-reader";
import type { GoldenCase } from "../golden-case";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { holds, inputsAre, weightsAre } from "./shape-of-case";

type Read = (reader: CaseReader) => Readonly<Record<string, Schedule>>;

/** Rates at given steps. */
export const schedule: Kind = {
  name: "schedule",

  matches: (golden) =>
    golden.package === "schedule" &&
    inputsAre(golden, ["steps"]) &&
    weightsAre(golden, []) &&
    formOf(golden) !== undefined,

  map(reader) {
    const steps = reader.input("steps").data;
    const schedules = formOf(reader.golden)!(reader);
    for (const rate of Object.values(schedules)) {
      if (reader.number("firstStep", rate.firstStep) !== rate.firstStep) {
        throw new NotMapped(`config.firstStep: expected ${rate.firstStep}`);
      }
    }
    return async () => ({
      outputs: Object.fromEntries(
        Object.entries(schedules).map(([name, rate]) => [name, steps.map(rate)]),
      ),
    });
  },
};

/** By the options that only one has; cosine and linear share theirs, so the name has to tell. */
function formOf(golden: GoldenCase): Read | undefined {
  if (holds(golden, "config", "dModel", "warmupSteps")) return readNoam;
  if (holds(golden, "config", "stableSteps", "decaySteps")) return readWarmupStableDecay;
  if (holds(golden, "config", "warmupInit")) return readInverseSqrt;
  if (/inverse_?sqrt/.test(golden.name)) return readInverseSqrt;
  if (!holds(golden, "config", "peak", "totalSteps")) return undefined;
  if (/cosine/.test(golden.name)) return (reader) => ({ lr: cosine(decayOptions(reader)) });
  if (/linear/.test(golden.name)) return (reader) => ({ lr: linear(decayOptions(reader)) });
  return undefined;
}

export const readNoam: Read = (reader) => ({
  lr: noam({
    dModel: reader.number("dModel"),
    warmupSteps: reader.number("warmupSteps"),
    factor: reader.number("factor", 1),
  }),
});

const readInverseSqrt: Read = (reader) => ({
  lr: inverseSqrt({
    peak: reader.number("peak"),
    warmupSteps: reader.number("warmupSteps"),
    warmupInit: reader.number("warmupInit", 0),
  }),
});

const readWarmupStableDecay: Read = (reader) => {
  const options = {
    peak: reader.number("peak"),
    minimum: reader.number("minimum", 0),
    warmupSteps: reader.number("warmupSteps", 0),
    stableSteps: reader.number("stableSteps"),
    decaySteps: reader.number("decaySteps"),
  };
  const shaped = (shape: DecayShape) => warmupStableDecay({ ...options, shape });
  return {
    lr_linear: shaped("linear"),
    lr_cosine: shaped("cosine"),
    lr_one_minus_sqrt: shaped("oneMinusSqrt"),
  };
};

function decayOptions(reader: CaseReader) {
  return {
    peak: reader.number("peak"),
    minimum: reader.number("minimum", 0),
    warmupSteps: reader.number("warmupSteps", 0),
    totalSteps: reader.number("totalSteps"),
  };
}
