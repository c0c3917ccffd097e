import { describe, expect, it } from "vitest";
import { clock, grouped, shellWord, shortRate, some } from "./format";

describe("format", () => {
  it("writes numbers, rates and times", () => {
    expect(grouped(1_213_006)).toBe("1,213,006");
    expect([some(1, "step"), some(2000, "step")]).toEqual(["1 step", "2,000 steps"]);
    expect(shortRate(0.00287)).toBe("2.9e-3");
    expect([clock(42.4), clock(725), clock(3723), clock(-1)]).toEqual([
      "0:42",
      "12:05",
      "1:02:03",
      "0:00",
    ]);
  });

  it("quotes a path that a shell would split", () => {
    expect([shellWord("runs/a-1"), shellWord("my runs/a")]).toEqual(["runs/a-1", '"my runs/a"']);
  });
});
