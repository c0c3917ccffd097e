import { describe, test } from "vitest";
import { expectAsWhole } from "./as-whole";
import { optionCases } from "./option-cases";
import { operands, sizes } from "./plain-attention";

const s = { ...sizes, heads: 4, kvHeads: 2, queries: 7, keys: 6 };
const within = { rtol: 1e-4, atol: 2e-5 };

describe("in chunks of two queries as at once", () => {
  const bytes = 2 * 16 * s.keys * s.batch * s.heads;
  test.each(optionCases(s))("%s", (_, makeOptions) =>
    expectAsWhole(operands(s), makeOptions(), bytes, within),
  );
});
