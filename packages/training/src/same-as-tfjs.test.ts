import { variableGrads } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { valueAndGradients } from "./index";
import { expectNothingLeft } from "./testing/expect-nothing-left";
import { TinyGpt, tinyTokens } from "./testing/tiny-gpt";

const EXACT = { rtol: 0, atol: 0 };

test.each([0, 0.2])(
  "a GPT's loss and gradients are tfjs's bit for bit, dropout %d",
  async (rate) => {
    const [model, other] = [new TinyGpt({ dropout: rate }), new TinyGpt({ dropout: rate })];
    model.train();
    other.train();
    const tokens = tinyTokens();
    const ours = valueAndGradients(() => model.loss(tokens), model.parameters());
    const parameters = other.parameters();
    const theirs = variableGrads(() => other.loss(tokens), [...parameters.values()]);
    await expectClose(ours.value, theirs.value, EXACT);
    expect([...ours.gradients.keys()]).toEqual([...parameters.keys()]);
    for (const [path, { name }] of parameters) {
      await expectClose(ours.gradients.get(path)!, theirs.grads[name]!, EXACT);
    }
  },
);

test("a GPT's step leaves value and gradients only", async () => {
  const model = new TinyGpt().train();
  const tokens = tinyTokens();
  await expectNothingLeft(() => {
    const { value, gradients } = valueAndGradients(() => model.loss(tokens), model.parameters());
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  });
});
