import { readFileSync } from "node:fs";
import type { BackendName } from "@tx/backend";
import { describe, expect, expectTypeOf, it } from "vitest";
import { flagOf } from "../commands/settings";
import { UserError } from "../user-error";
import { type backendNames, type Config, defaults, peakRate, warmupSteps } from "./config";
import { resolveConfig } from "./resolve";

const given = (values: Partial<Record<keyof Config, unknown>>) => ({ values, nameOf: flagOf });
const file = (values: Record<string, unknown>) => ({
  values,
  nameOf: (key: string) => `my.json: ${key}`,
});

describe("resolveConfig", () => {
  it("gives the defaults when nothing is asked for", () => {
    expect(resolveConfig()).toEqual(defaults);
  });

  it("puts later sources above earlier ones", () => {
    const config = resolveConfig(file({ steps: 5, layers: 3 }), given({ layers: 4 }));
    expect([config.steps, config.layers, config.heads]).toEqual([5, 4, defaults.heads]);
  });

  it("takes what suits a task below a preset and what is given", () => {
    const masked = { task: "mlm" };
    expect(resolveConfig(given(masked)).positional).toBe("rope");
    const preset = resolveConfig(given({ ...masked, preset: "vaswani-tiny" }));
    expect(preset.positional).toBe("sinusoidal");
    expect(resolveConfig(given({ task: "copy" })).positional).toBe(defaults.positional);
  });

  it("takes the settings of a preset below those that are given", () => {
    const config = resolveConfig(file({ preset: "llama-tiny", heads: 8 }), given({ kvHeads: 4 }));
    expect(config).toMatchObject({ positional: "rope", norm: "rms", heads: 8, kvHeads: 4 });
    expect(resolveConfig({ values: config, nameOf: String })).toEqual(config);
  });

  it("lets a decoder alone have positions that fade", () => {
    const fading = { strategies: ["xpos", "alibi"] };
    const values = { positional: "combined", positionalOptions: fading };
    expect(resolveConfig(given({ task: "sort", ...values })).positional).toBe("combined");
  });

  it.each([
    [{ kvHeads: 2 }, "--kv-heads: expected none with attention multi-head, got 2"],
    [{ attention: "grouped", kvHeads: 3 }, "--kv-heads: expected a divisor of heads=4, got 3"],
    [{ bias: "yes" }, '--bias: expected on or off, got "yes"'],
    [{ steps: "ten" }, '--steps: expected a whole number from 1 to 10,000,000, got "ten"'],
    [{ steps: 0 }, "--steps: expected a whole number from 1 to 10,000,000, got 0"],
    [{ layers: 1.5 }, "--layers: expected a whole number from 1 to 128, got 1.5"],
    [{ dropout: 1 }, "--dropout: expected a number from 0 to below 1, got 1"],
    [{ rate: -1 }, "--rate: expected a number above 0, got -1"],
    [{ weightDecay: -1 }, "--weight-decay: expected a number of at least 0, got -1"],
    [
      { task: "lmm" },
      '--task: expected one of lm, mlm, copy, reverse, sort, translate, got "lmm" (did you mean lm?)',
    ],
    [
      { schedule: "noam", scheduleOptions: { facter: 1 } },
      "--schedule-options: expected options factor of noam, got facter (did you mean factor?)",
    ],
    [
      { positional: "nope", positionalOptions: { base: 1 } },
      "--positional-options: expected no options of nope, got base",
    ],
    [
      { positionalOptions: "{base" },
      '--positional-options: expected an object as JSON, such as {"name": 1}, got "{base"',
    ],
    [
      { task: "mlm", positional: "xpos" },
      "--positional: expected one for tokens that see those after them, as in an encoder, got xpos, which is for decoders alone",
    ],
    [
      {
        ...{ task: "translate", positional: "per-layer" },
        positionalOptions: { strategies: ["nope", { kind: "dape", around: { kind: "xpos" } }] },
      },
      "--positional: expected one for tokens that see those after them, as in an encoder, got xpos, which is for decoders alone",
    ],
    [
      { ffn: "moe", ffnOptions: { expert: "relu", topk: 2 } },
      "--ffn-options: expected options experts, topK, capacityFactor, expert, balance, zLoss of moe, got topk (did you mean topK?)",
    ],
    [{ dModel: 30, heads: 4 }, "--d-model: expected a multiple of heads=4, got 30"],
    [{ steps: 5, warmup: 7 }, "--warmup: expected at most steps=5, got 7"],
    [{ schedule: "noam", warmup: 0 }, "--warmup: expected at least 1 with schedule noam, got 0"],
  ])("refuses %j", (values, message) => {
    expect(() => resolveConfig(given(values))).toThrow(new UserError(message));
  });

  it("names every wrong value on a line of its own, with the file it is from", () => {
    const resolve = () =>
      resolveConfig(file({ dModel: "x", depth: 3, layer: 2 }), given({ clip: 0 }));
    expect(resolve).toThrow(
      [
        'my.json: dModel: expected a whole number from 1 to 8,192, got "x"',
        "--clip: expected a number above 0, got 0",
        "my.json: depth: no such setting",
        "my.json: layer: no such setting (did you mean layers?)",
      ].join("\n"),
    );
  });

  it("takes every backend that @tx/backend knows", () => {
    expectTypeOf<(typeof backendNames)[number]>().toEqualTypeOf<BackendName>();
  });
});

describe("what follows from the settings", () => {
  it("is a warmup of a tenth of the steps, at most 50", () => {
    const warmup = (values: Partial<Config>) => warmupSteps({ ...defaults, ...values });
    expect([warmup({ steps: 600 }), warmup({ steps: 70 }), warmup({ steps: 3 })]).toEqual([
      50, 7, 0,
    ]);
    expect(warmup({ steps: 3, schedule: "noam" })).toBe(1);
    expect(warmup({ warmup: 13 })).toBe(13);
  });
});

describe("peakRate", () => {
  it("is what suits the optimizer, unless it is given", () => {
    expect([peakRate(defaults), peakRate({ ...defaults, optimizer: "lion" })]).toEqual([
      8e-3, 1e-3,
    ]);
    expect(peakRate({ ...defaults, optimizer: "lion", rate: 0.5 })).toBe(0.5);
    expect(peakRate({ ...defaults, task: "mlm" })).toBe(4e-3);
    expect(peakRate({ ...defaults, task: "mlm", rate: 8e-3 })).toBe(8e-3);
  });
});

describe("README.md", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

  it("states every default", () => {
    for (const [key, value] of Object.entries(defaults)) {
      const row = readme.split("\n").find((line) => line.startsWith(`| \`${flagOf(key)} `));
      expect(row, key).toBeDefined();
      const cells = row?.split("|").map((cell) => cell.trim());
      if (typeof value === "boolean") expect(cells?.[3], key).toBe("`on`");
      else if (value !== null && value !== "" && typeof value !== "object")
        expect(cells?.[3], key).toBe(`\`${value}\``);
    }
  });
});
