import { dispose, scalar, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import type { RouterLosses } from "@tx/ffn";
import { expectNoLeak } from "@tx/testing";
import { disposeGradients, rowsTensor, valueAndGradients } from "@tx/training";
import { describe, expect, it } from "vitest";
import { type Config, defaults } from "../config/config";
import { buildModel, type Model } from "../parts/build-model";
import { vocabularyOf } from "../tokens/vocabularies";
import { languageModelling } from "./lm";
import { loadTask } from "./load-task";
import { maskedModelling } from "./mlm";
import type { Task } from "./task";
import { withExperts } from "./with-experts";

const text = { name: "text", content: "the whale, the sea and the ship. ".repeat(9) };
const vocabulary = await vocabularyOf(text.content, { tokenizer: "character", words: 9 });
const config: Config = {
  ...defaults,
  ...{ batch: 3, length: 5, layers: 2, heads: 2, dModel: 8, dFF: 7, symbols: 7, ffn: "moe" },
};

const taskOf = (values: Config): Promise<Task> | Task => {
  if (values.task === "lm") return languageModelling(values, text, vocabulary);
  return values.task === "mlm" ? maskedModelling(values, text, vocabulary) : loadTask(values);
};

/** The loss of one batch with routers weighing as much, and the gradients of the routers. */
async function lossOf(values: Partial<Config>, ffnOptions: Config["ffnOptions"]) {
  const own = { ...config, ...values, ffnOptions };
  const task = await taskOf(own);
  const model = buildModel(own, task, new Rng(4));
  const batch = task.draw(new Rng(1)).map((rows): Tensor2D => rowsTensor(rows));
  const pass = valueAndGradients(() => task.loss(model, ...batch), model.parameters());
  const routers = [...pass.gradients].filter(([path]) => path.includes("router"));
  const sizes = await Promise.all(
    routers.map(async ([, gradient]) => Math.hypot(...(await gradient.data()))),
  );
  const loss = (await pass.value.data())[0]!;
  const evaluated = (await task.evaluate(model, { tokens: 30 }))!.loss;
  disposeGradients(pass.gradients);
  dispose([pass.value, ...batch]);
  model.dispose();
  return { loss, evaluated, sizes };
}

describe("the losses of routers", () => {
  it.each([
    [{ task: "lm" }, 2],
    [{ task: "mlm" }, 2],
    [{ task: "reverse" }, 2],
    [{ task: "reverse", model: "encoder-decoder" }, 4],
  ])("are added with their weights, and have a gradient: %j", (values, routers) =>
    expectNoLeak(async () => {
      const options = { experts: 3, topK: 2 };
      const without = await lossOf(values, { ...options, balance: 0, zLoss: 0 });
      const some = await lossOf(values, { ...options, balance: 0.1, zLoss: 0 });
      const twice = await lossOf(values, { ...options, balance: 0.2, zLoss: 0 });
      const squares = await lossOf(values, { ...options, balance: 0, zLoss: 1 });
      expect(without.sizes).toHaveLength(routers);
      // Routers begin nearly even: each adds nearly 1, and log(experts)² for the size of its logits.
      expect(some.loss - without.loss).toBeCloseTo(0.1 * routers, 1);
      expect(twice.loss - without.loss).toBeCloseTo(2 * (some.loss - without.loss), 4);
      expect(squares.loss - without.loss).toBeCloseTo(routers * Math.log(3) ** 2, 1);
      for (const [n, size] of squares.sizes.entries()) {
        expect(size).toBeGreaterThan(without.sizes[n]!);
      }
      // What is held out is measured without them.
      expect(twice.evaluated).toBe(without.evaluated);
    }),
  );

  it("are 0.01 and 0.001 of them unless something else is said", async () => {
    const usual = await lossOf({}, {});
    const said = await lossOf({}, { experts: 4, topK: 1, balance: 0.01, zLoss: 0.001 });
    const other = await lossOf({}, { balance: 0.02 });
    expect(usual).toEqual(said);
    expect(other.loss).toBeGreaterThan(usual.loss);
  });

  it("leave nothing behind where the loss throws after the pass", () =>
    expectNoLeak(() => {
      const model: Model = buildModel(config, { vocabSize: 11, maxLen: 5 }, new Rng(4));
      const scalars: RouterLosses = { balanceLoss: scalar(1), zLoss: scalar(2) };
      const broken = () =>
        withExperts(model, (logits) => {
          logits((inspect) => {
            inspect!.losses!.push(scalars);
            return zeros([1, 5, 11]);
          });
          throw new Error("broken");
        });
      expect(broken).toThrow("broken");
      dispose([scalars.balanceLoss, scalars.zLoss]);
      model.dispose();
    }));
});

describe("options of experts", () => {
  it.each([
    [
      { expert: "reglue" },
      /^--ffn-options: expert: expected one of gelu-tanh, .*, got "reglue" \(did you mean reglu\?\)$/,
    ],
    [{ expert: "moe" }, /^--ffn-options: expert: expected one of/],
    [{ experts: 0 }, /^--ffn-options: experts: expected a whole number from 1, got 0$/],
    [{ topK: 5 }, /^--ffn-options: topK: expected a whole number from 1 to 4, got 5$/],
    [{ capacityFactor: 0 }, /^--ffn-options: capacityFactor: expected a positive number, got 0$/],
    [{ balance: -1 }, /^--ffn-options: balance: expected a number of at least 0, got -1$/],
    [{ zLoss: "x" }, /^--ffn-options: zLoss: expected a number of at least 0, got "x"$/],
  ])("are refused by name: %j", (ffnOptions, message) =>
    expectNoLeak(() => {
      const make = () =>
        buildModel({ ...config, ffnOptions }, { vocabSize: 11, maxLen: 5 }, new Rng(4));
      expect(make).toThrow(message);
    }),
  );
});
