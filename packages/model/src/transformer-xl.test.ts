import { concat, slice, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { alibi } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { generate, transformerXL, transformerXLSizes } from "./index";
import { ids } from "./testing/presets";

const modelOf = (options = {}) =>
  transformerXL({ ...transformerXLSizes.tiny, layers: 1, rng: new Rng(3), ...options });
const text = [3, 1, 4, 1, 5, 9, 2];

test("segments with memory are one pass over the text, for as far as the memory reaches", async () => {
  const model = modelOf({ memoryLen: 7 });
  const whole = model.forward(ids(text));
  const first = model.forwardSegment(ids(text.slice(0, 3)));
  const second = model.forwardSegment(ids(text.slice(3, 5)), first.memory);
  const third = model.forwardSegment(ids(text.slice(5)), second.memory);
  await expectClose(concat([first.logits, second.logits, third.logits], 1), whole, { atol: 1e-5 });
});

test("the memory makes a difference, and holds no more than it is to", async () => {
  const model = modelOf({ memoryLen: 2 });
  const { memory } = model.forwardSegment(ids(text.slice(0, 4)));
  expect(memory.map(({ shape }) => shape)).toEqual([[1, 2, 6]]);
  const next = ids(text.slice(4));
  const [with_, without] = [model.forwardSegment(next, memory), model.forwardSegment(next)];
  const wrong = expectClose(with_.logits, without.logits);
  await expect(wrong).rejects.toThrow("entries are off");
  const last = (logits: Tensor) => slice(logits, [0, 0, 0], [1, 1, -1]);
  await expectClose(
    last(with_.logits),
    slice(model.forward(ids(text.slice(2, 5))), [0, 2, 0], [1, 1, -1]),
    { atol: 1e-5 },
  );
});

test("positions without a memory have no segments, and leave nothing behind", async () => {
  const [plain, other] = [modelOf({ memoryLen: 0 }), modelOf({ positional: alibi() })];
  const tokens = ids(text);
  await expectNoLeak(() => {
    expect(() => plain.forwardSegment(tokens)).toThrow(
      "positional: expected a strategy that keeps a memory, got transformer-xl",
    );
    expect(() => other.forwardSegment(tokens)).toThrow(
      "positional: expected a strategy that keeps a memory, got alibi",
    );
  });
});

test("a segment leaves its logits and memory only", async () => {
  const [model, tokens] = [modelOf(), ids(text)];
  await expectNoLeak(() => {
    const first = model.forwardSegment(tokens);
    const second = model.forwardSegment(tokens, first.memory);
    for (const made of [first, second].flatMap(({ logits, memory }) => [logits, ...memory])) {
      made.dispose();
    }
  });
});

test("goes on from a prompt as reading everything anew does", async () => {
  const model = modelOf();
  const options = { maxNewTokens: 5, temperature: 0, contextLength: 12, rng: new Rng(1) };
  const wanted = [3, 1, 4];
  for (let made = 0; made < 5; made++) {
    const logits = tidy(() => {
      const last = wanted.length - 1;
      return slice(model.forward(ids(wanted)), [0, last, 0], [1, 1, -1]).dataSync();
    });
    wanted.push(logits.indexOf(Math.max(...logits)));
  }
  expect(await generate(model, [3, 1, 4], options)).toEqual(wanted.slice(3));
});
