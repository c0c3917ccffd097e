import { mean, type Scalar, square, tidy, variableGrads } from "@tensorflow/tfjs-core";
import { loadState, Rng, stateOf } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { modelFromConfig, modelKinds } from "./index";
import { smallPresets } from "./testing/presets";

const EXACT = { rtol: 0, atol: 0 };

test("every kind of config has a preset here", () => {
  expect(smallPresets.map(({ name }) => name).sort()).toEqual([...modelKinds].sort());
});

describe.each(smallPresets)("$name", ({ name, make, run, shape }) => {
  test("makes what it says of tokens", async () => {
    const output = run(make());
    expect(output.shape).toEqual(shape);
    expect((await output.data()).every(Number.isFinite)).toBe(true);
  });

  test("its config is plain JSON, from which the same model is made", async () => {
    const model = make();
    const json: unknown = JSON.parse(JSON.stringify(model.config));
    expect(json).toEqual(model.config);
    expect(json).toMatchObject({ kind: name, version: 1 });
    const again = modelFromConfig(json, new Rng(3));
    expect(again.config).toEqual(model.config);
    expect([...stateOf(again).keys()]).toEqual([...stateOf(model).keys()]);
    expect(again.training).toBe(false);
    loadState(again, stateOf(model));
    await expectClose(run(again), run(model), EXACT);
  });

  test("a seed makes the same model, another one another", async () => {
    const output = run(make());
    await expectClose(run(make()), output, EXACT);
    await expect(expectClose(run(make({}, new Rng(4))), output)).rejects.toThrow("entries are off");
  });

  test("every parameter learns", () => {
    const model = make();
    const { grads } = variableGrads(() => mean(square(run(model))) as Scalar);
    const still = [...model.parameters()].filter(([, variable]) => !grads[variable.name]);
    expect(still.map(([path]) => path)).toEqual([]);
  });

  test("training drops, evaluating does not", async () => {
    const model = make({ dropout: 0.3 });
    const whole = run(model);
    await expectClose(whole, run(make({ dropout: 0 })), EXACT);
    const dropped = run(model.train());
    await expect(expectClose(dropped, whole)).rejects.toThrow("entries are off");
    await expectClose(run(model.eval()), whole, EXACT);
  });

  test("made, run, trained on and disposed, nothing is left", () =>
    expectNoLeak(() => {
      const model = make().train();
      tidy(() => void run(model));
      const { value, grads } = variableGrads(() => mean(square(run(model))) as Scalar);
      for (const made of [value, ...Object.values(grads)]) made.dispose();
      model.dispose();
      model.dispose();
    }));

  test("refuses options that make no sense, and leaves nothing behind", () =>
    expectNoLeak(() => {
      const dModel = name === "llama" ? 8 : 6;
      const refused = (options: object, message: string) =>
        expect(() => make(options)).toThrow(new RangeError(message));
      refused({ layers: 0 }, "layers: expected a whole number from 1, got 0");
      refused({ dropout: 1 }, "dropout: expected a number in [0, 1), got 1");
      refused({ eps: 0 }, "eps: expected a positive number, got 0");
      refused({ depth: 2 }, "depth: expected no such field, got 2");
      refused({ version: 2 }, `version: expected 1 for ${name}, got 2`);
      refused({ kind: "mine" }, `kind: expected "${name}", got "mine"`);
      const positional = { kind: "alibi", version: 1 };
      refused(
        { positional: { ...positional, version: 3 } },
        "positional.version: expected 1 for alibi, got 3",
      );
      refused(
        { positional: { ...positional, slope: 3 } },
        "positional.slope: expected no such field in alibi, got 3",
      );
      refused(
        { positional: { kind: "sinusoidal", version: 1, dModel: 4 } },
        `positional.dModel: expected the model's ${dModel}, got 4`,
      );
    }));

  test("a config that is not right is refused by the path of what is wrong", () => {
    const model = make();
    const { layers: _, ...short } = model.config;
    return expectNoLeak(() => {
      const refused = (config: unknown, message: string) =>
        expect(() => modelFromConfig(config, new Rng(1))).toThrow(new RangeError(message));
      const { config } = model;
      refused(short, "config.layers: expected a whole number from 1, got none");
      refused({ ...config, layers: 0 }, "config.layers: expected a whole number from 1, got 0");
      refused({ ...config, rank: 1 }, "config.rank: expected no such field, got 1");
      refused({ ...config, version: 9 }, `config.version: expected 1 for ${name}, got 9`);
      refused({ ...config, positional: 3 }, "config.positional: expected an object, got 3");
      refused(
        { ...config, positional: { kind: "learned", version: 1, maxLen: 0, dModel: 6 } },
        "config.positional.maxLen: expected a whole number from 1, got 0",
      );
    });
  });
});

test("a config of no preset is refused", () => {
  const refused = (config: unknown, message: string) =>
    expect(() => modelFromConfig(config, new Rng(1), "model.json")).toThrow(
      new RangeError(message),
    );
  refused(null, "model.json: expected an object, got null");
  refused([], "model.json: expected an object, got []");
  const known = modelKinds.join(", ");
  refused({ version: 1 }, `model.json.kind: expected one of ${known}, got undefined`);
  refused({ kind: "toString" }, `model.json.kind: expected one of ${known}, got "toString"`);
});
