import { describe, expect, it, vi } from "vitest";
import { defaults } from "./config";
import { flagOf, options, parseCommandLine } from "./options";
import { UserError } from "./user-error";

describe("parseCommandLine", () => {
  it("keeps only what was given, numbers as numbers", () => {
    const line = parseCommandLine(["--d-model", "32", "--rate=1e-2", "--prompt", "", "--out", "x"]);
    expect(line).toEqual({ given: { dModel: 32, rate: 0.01, prompt: "" }, out: "x" });
  });

  it("leaves what is no number for the config to refuse", () => {
    expect(parseCommandLine(["--steps", "ten", "--seed", ""])?.given).toEqual({
      steps: "ten",
      seed: "",
    });
  });

  it.each([
    [["--step", "3"], "unknown option '--step' (Did you mean --steps?); see --help"],
    [["--steps"], "option '--steps <n>' argument missing; see --help"],
    [["novel.txt"], /^too many arguments/],
  ])("refuses %j in one line", (args, message) => {
    const parse = () => parseCommandLine(args);
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow("\n");
  });

  it("shows every option in 80 columns when asked for help", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    expect(parseCommandLine(["--help"])).toBeNull();
    const help = write.mock.calls.join("");
    write.mockRestore();
    for (const { flags } of options) expect(help).toContain(flags);
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("options", () => {
  it("has one for every setting", () => {
    expect(options.map(({ key }) => key).sort()).toEqual(Object.keys(defaults).sort());
  });

  it("reads a number where the setting is one", () => {
    for (const { key, number } of options) {
      if (defaults[key] !== null) expect(number, key).toBe(typeof defaults[key] === "number");
    }
  });

  it("names a setting the way it is typed", () => {
    expect([flagOf("dFF"), flagOf("topK"), flagOf("unknown")]).toEqual([
      "--d-ff",
      "--top-k",
      "unknown",
    ]);
  });
});
