import { concat, slice, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type CausalLanguageModel, generateBatch } from "@tx/model";
import type { Kind } from "../kind";
import { ints, readAll } from "../tensors";
import { loadWeights } from "../weights";
import { isGpt, readGpt } from "./gpt-of-case";
import { axis, holds, inputsAre } from "./shape-of-case";

/** Greedy decoding of a GPT from given prompts: the ids, and the logits of every step. */
export const decodeGpt: Kind = {
  name: "decode-gpt",

  matches: (golden) =>
    isGpt(golden) && inputsAre(golden, ["prompt"]) && holds(golden, "outputs", "ids"),

  map(reader) {
    const prompt = reader.input("prompt");
    const [batch, promptLength] = [axis(prompt, 0), axis(prompt, 1)];
    reader.sizes({ promptLength });
    // Where the weights come from makes no difference: they are here.
    reader.remarks("weightsFrom");
    const { weights, create } = readGpt(reader);
    const maxNewTokens = axis(reader.golden.outputs.ids!, 1) - promptLength;

    return async () => {
      const model = create();
      try {
        loadWeights(model, weights);
        const prompts = Array.from({ length: batch }, (_, row) =>
          prompt.data.slice(row * promptLength, (row + 1) * promptLength),
        );
        const greedy = { maxNewTokens, temperature: 0, rng: new Rng(1) };
        const texts = await generateBatch(model, prompts, greedy);
        const whole = prompts.flatMap((row, n) => [...row, ...texts[n]!]);
        const shape = [batch, promptLength + maxNewTokens];
        const logits = tidy(() => stepwise(model, ints({ shape, data: whole }), promptLength));
        return { outputs: { ids: whole, ...(await readAll([["logits", logits]])) } };
      } finally {
        model.dispose();
      }
    };
  },
};

/** Logits of each token after the prompt, [batch, new, vocab], with a cache. Runs in a tidy. */
function stepwise(model: CausalLanguageModel, ids: Tensor2D, promptLength: number): Tensor {
  const [batch, length] = ids.shape;
  const caches = model.newCaches(batch, length);
  const steps: Tensor[] = [];
  for (let held = 0; held < length - 1; held = caches[0]!.length) {
    const count = held === 0 ? promptLength : 1;
    const logits = model.forward(slice(ids, [0, held], [batch, count]), caches);
    steps.push(slice(logits, [0, count - 1, 0], [-1, 1, -1]));
  }
  for (const cache of caches) cache.dispose();
  return concat(steps, 1);
}
