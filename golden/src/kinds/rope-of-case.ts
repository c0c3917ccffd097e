import type { RopeScaling, ScaledRopeOptions } from "@tx/positional";
import type { CaseReader } from "../case-reader";

type Reads = (reader: CaseReader) => RopeScaling | undefined;

const dynamicNtk: Reads = (reader) => ({ type: "dynamic-ntk", ...lengthened(reader) });

/** Scaling by the names that cases may have for it. */
const scalings: Readonly<Record<string, Reads>> = {
  none: () => undefined,
  linear: (reader) => ({ type: "linear", factor: reader.number("factor") }),
  ntk: (reader) => ({ type: "ntk", factor: reader.number("factor") }),
  dynamic: dynamicNtk,
  "dynamic-ntk": dynamicNtk,
  yarn: (reader) => {
    reader.phrase("attentionFactorAppliesTo", /^cos and sin of q and k alike$/);
    const ramps = { dimension: "dimension", rotations: "rotations" } as const;
    return {
      ...{ type: "yarn", ...lengthened(reader) },
      ...optional(reader, "betaFast", "betaSlow", "attentionFactor"),
      ramp: reader.choice("ramp", ramps, "dimension"),
    };
  },
  llama3: (reader) => ({
    ...{ type: "llama3", ...lengthened(reader) },
    ...optional(reader, "lowFreqFactor", "highFreqFactor"),
  }),
};

/**
 * Rotary positions of a case, with scaling if there is any.
 *
 * @param layout The flag that names the pairing.
 */
export function readRopeOptions(
  reader: CaseReader,
  layout: string,
  headDim: number,
): ScaledRopeOptions {
  reader.sizes({ headDim });
  const base = reader.number(reader.has("config", "base") ? "base" : "ropeBase", 10_000);
  reader.sizes({ ropeBase: base });
  return {
    ...{ headDim, base },
    pairing: reader.choice(layout, { half: "half", interleaved: "interleaved" } as const),
    rotaryDim: reader.number("rotaryDim", headDim),
    scaling: reader.choice("scaling", scalings, "none")(reader),
  };
}

function lengthened(reader: CaseReader) {
  return {
    factor: reader.number("factor"),
    originalMaxLen: reader.number("originalMaxPositions"),
  };
}

/** Those of the numbers that the case has: the library has defaults for the others. */
function optional<Key extends string>(reader: CaseReader, ...keys: Key[]): { [K in Key]?: number } {
  const given = keys.filter((key) => reader.has("config", key));
  const numbers = given.map((key): [Key, number] => [key, reader.number(key)]);
  return Object.fromEntries(numbers) as { [K in Key]?: number };
}
