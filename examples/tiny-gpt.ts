import { dispose, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { generate, gpt } from "@tx/model";
import { cosine } from "@tx/schedule";
import { AdamW, causalLoss, createTrainStep } from "@tx/training";

await useBackend("simd");
const text = "to be, or not to be, that is the question.";
const vocabulary = [...new Set(text)].sort();
const ids = [...text].map((character) => vocabulary.indexOf(character));
const rng = new Rng(1);
const model = gpt({ vocabSize: 15, maxLen: 42, layers: 2, heads: 2, dModel: 32, rng });
const optimizer = new AdamW({ parameters: model.parameters() });
const schedule = cosine({ peak: 0.01, warmupSteps: 10, totalSteps: 30 });
const lossOf = (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens);
const step = createTrainStep({ model, loss: lossOf, optimizer, schedule, maxNorm: 1 });
const tokens = tensor2d([ids], undefined, "int32");
for (let n = 1; n <= 30; n++) {
  const { loss, gradientNorm } = step(tokens);
  if (n % 10 === 0)
    console.log(`step ${n}: ${(await loss.data())[0]?.toFixed(3)} nats a character`);
  dispose([loss, gradientNorm]);
}
const next = await generate(model, ids.slice(0, 6), { maxNewTokens: 36, temperature: 0, rng });
console.log(`to be,${next.map((id) => vocabulary[id]).join("")}`);
