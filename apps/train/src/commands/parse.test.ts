import { describe, expect, it, vi } from "vitest";
import { defaults } from "../config/config";
import { UserError } from "../user-error";
import { parseCommandLine } from "./parse";
import { flagOf, givenOf, settings } from "./settings";

const train = { command: "train", mode: "people" };

describe("parseCommandLine", () => {
  it("trains without a command, and keeps only what was given, numbers as numbers", () => {
    const args = ["--d-model", "32", "--rate=1e-2", "--prompt", "", "--out", "x"];
    const given = { dModel: 32, rate: 0.01, prompt: "" };
    expect(parseCommandLine(args)).toEqual({ ...train, given, out: "x" });
    expect(parseCommandLine(["train", ...args])).toEqual({ ...train, given, out: "x" });
    expect(parseCommandLine([])).toEqual({ ...train, given: {} });
  });

  it("leaves what is no number and no JSON for the config to refuse", () => {
    const args = ["--steps", "ten", "--seed", "", "--schedule-options", "{"];
    expect(parseCommandLine(args)).toMatchObject({
      given: { steps: "ten", seed: "", scheduleOptions: "{" },
    });
  });

  it("reads options of parts as JSON", () => {
    expect(parseCommandLine(["--positional-options", '{"base": 5}'])).toMatchObject({
      given: { positionalOptions: { base: 5 } },
    });
  });

  it.each([
    ["resume run --steps 9 --quiet", { resume: "run", given: { steps: 9 }, mode: "quiet" }],
    ["--resume run --json", { resume: "run", mode: "json" }],
    ["--list", { command: "list" }],
    ["list", { command: "list" }],
    [
      "generate run --prompt a --tokens 7",
      { command: "generate", run: "run", prompt: "a", given: { sample: 7 } },
    ],
    [
      "evaluate run --text f --lengths 8,16",
      { command: "evaluate", run: "run", lengths: [8, 16], given: { text: "f" } },
    ],
    ["compare a b", { command: "compare", runs: ["a", "b"], out: "compare.html" }],
    ["export a", { command: "export", run: "a", out: "a/model" }],
    [
      "ablate --positional rope,alibi --seeds 2 --jobs 3 --lengths 8,16 --d-model 8",
      {
        ...{ command: "ablate", seeds: 2, jobs: 3, lengths: [8, 16] },
        typed: { positional: "rope,alibi", dModel: "8" },
      },
    ],
  ])("reads %s", (text, expected) => {
    expect(parseCommandLine(text.split(" "))).toMatchObject(expected);
  });

  it.each([
    [["--step", "3"], "unknown option '--step' (Did you mean --steps?); see --help"],
    [["--steps"], "option '--steps <n>' argument missing; see --help"],
    [["resume"], "missing required argument 'run'; see --help"],
    [["trian"], /^command: expected one of train, .*, got "trian" \(did you mean train\?\)$/],
    [
      ["ablate", "--seeds", "x"],
      /argument 'x' is invalid\. Expected a whole number from 1, got "x"/,
    ],
  ])("refuses %j in one line", (args, message) => {
    const parse = () => parseCommandLine(args);
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow("\n");
  });

  it("shows every command, and every setting of a training, in 80 columns", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const helpOf = (...args: string[]) => {
      write.mockClear();
      expect(parseCommandLine([...args, "--help"])).toBeNull();
      return write.mock.calls.join("");
    };
    const [all, training] = [helpOf(), helpOf("train")];
    write.mockRestore();
    for (const name of ["train", "resume", "ablate", "export"]) expect(all).toContain(`  ${name} `);
    expect(all).not.toContain("cell");
    for (const { flags } of settings) expect(training).toContain(flags);
    for (const line of [...all.split("\n"), ...training.split("\n")]) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });
});

describe("settings", () => {
  it("has one for every setting", () => {
    const named = settings.filter(({ words }) => words === undefined);
    expect(named.map(({ key }) => key).sort()).toEqual(Object.keys(defaults).sort());
  });

  it("reads what the setting is", () => {
    for (const { key, read } of settings) {
      const usual = defaults[key];
      if (usual === null) continue;
      if (typeof usual === "boolean") expect(read, key).toBe("switch");
      else
        expect(read, key).toBe(
          typeof usual === "object" ? "json" : typeof usual === "number" ? "number" : "text",
        );
    }
  });

  it("has another name for scores with and without scaling", () => {
    expect(givenOf({ scale: "off" })).toEqual({ score: "unscaled" });
    expect(givenOf({ scale: "on" })).toEqual({ score: "dot" });
    expect(flagOf("score")).toBe("--score");
    expect(() => givenOf({ scale: "no" })).toThrow(
      new UserError('--scale: expected on or off, got "no"'),
    );
    expect(() => givenOf({ score: "cosine", scale: "on" })).toThrow(
      new UserError("--scale: expected none beside --score, got on"),
    );
  });

  it("names a setting the way it is typed", () => {
    expect([flagOf("dFF"), flagOf("topK"), flagOf("unknown")]).toEqual([
      "--d-ff",
      "--top-k",
      "unknown",
    ]);
  });
});
