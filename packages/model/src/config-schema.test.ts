import { describe, expect, test } from "vitest";
import {
  activationName,
  type Fields,
  flag,
  headsDivide,
  oneOf,
  parseConfig,
  positive,
  share,
  tagged,
  whole,
} from "./config-schema";

interface Config {
  layers: number;
  dropout: number;
  eps: number;
  bias: boolean;
  norm: "layer" | "rms";
  positional: { kind: string; version: number };
}

const fields: Fields<Config> = {
  ...{ layers: whole(), dropout: share(), eps: positive(), bias: flag() },
  ...{ norm: oneOf(["layer", "rms"]), positional: tagged() },
};
const config: Config = {
  ...{ layers: 2, dropout: 0.1, eps: 1e-5, bias: true, norm: "rms" },
  positional: { kind: "alibi", version: 1 },
};
const read = (value: unknown) => parseConfig(fields, value, { prefix: "config." });

test("takes what is right as it is, with what is in an object of its own", () => {
  const own = { ...config, positional: { ...config.positional, form: "causal" } };
  expect(read(own)).toEqual(own);
});

describe("names the path of what is wrong", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ layers: 0 }, "config.layers: expected a whole number from 1, got 0"],
    [{ layers: 1.5 }, "config.layers: expected a whole number from 1, got 1.5"],
    [{ layers: "2" }, 'config.layers: expected a whole number from 1, got "2"'],
    [{ layers: Number.NaN }, "config.layers: expected a whole number from 1, got NaN"],
    [{ layers: undefined }, "config.layers: expected a whole number from 1, got none"],
    [{ dropout: 1 }, "config.dropout: expected a number in [0, 1), got 1"],
    [{ dropout: -0.1 }, "config.dropout: expected a number in [0, 1), got -0.1"],
    [{ eps: 0 }, "config.eps: expected a positive number, got 0"],
    [{ eps: Infinity }, "config.eps: expected a positive number, got Infinity"],
    [{ bias: 1 }, "config.bias: expected true or false, got 1"],
    [{ norm: "batch" }, 'config.norm: expected one of layer, rms, got "batch"'],
    [{ norm: ["rms"] }, "config.norm: expected one of layer, rms, got a list"],
    [{ positional: null }, "config.positional: expected an object, got null"],
    [{ positional: { version: 1 } }, "config.positional.kind: expected a value, got none"],
    [
      { positional: { kind: "x", version: 0.5 } },
      "config.positional.version: expected a whole number from 1, got 0.5",
    ],
    [{ width: 3 }, "config.width: expected no such field, got 3"],
  ])("%j", (change, message) => {
    expect(() => read({ ...config, ...change })).toThrow(new RangeError(message));
  });

  test.each([[null], [3], [[config]], ["{}"]])("of no object at all, %j", (value) => {
    expect(() => read(value)).toThrow(/^config: expected an object, got/);
  });
});

test("tells every problem at once", () => {
  const { bias: _, ...rest } = config;
  expect(() => read({ ...rest, layers: 0, depth: 1 })).toThrow(
    new RangeError(
      "config.layers: expected a whole number from 1, got 0; config.bias: expected true or false, got none; config.depth: expected no such field, got 1",
    ),
  );
});

test("rules between fields are asked once each is right", () => {
  const sizes: Fields<{ dModel: number; heads: number }> = { dModel: whole(), heads: whole() };
  const check = (value: unknown) => parseConfig(sizes, value, { rules: headsDivide });
  expect(check({ dModel: 6, heads: 3 })).toEqual({ dModel: 6, heads: 3 });
  expect(() => check({ dModel: 6, heads: 4 })).toThrow(
    new RangeError("dModel: expected a multiple of heads=4, got 6"),
  );
  expect(() => check({ dModel: 6, heads: 0 })).toThrow(
    new RangeError("heads: expected a whole number from 1, got 0"),
  );
});

test("activations are those of the feed-forwards, and what else is named", () => {
  const read = (name: string) => parseConfig({ of: activationName(["sigmoid"]) }, { of: name });
  expect([read("gelu-tanh").of, read("sigmoid").of]).toEqual(["gelu-tanh", "sigmoid"]);
  expect(() => read("swish")).toThrow(
    'of: expected one of sigmoid, relu, squared-relu, gelu, gelu-tanh, silu, mish, got "swish"',
  );
});
