import { Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { encodeModel, gpt, loadModel, modelToBlob } from "../index";
import { expectSameModel } from "../testing/expect-same-model";

test("a model on the GPU is saved tensor after tensor, and comes back as it was", () =>
  expectNoLeak(async () => {
    const sizes = { vocabSize: 11, maxLen: 7, layers: 1, heads: 2, dModel: 6 };
    const model = gpt({ ...sizes, rng: new Rng(3) });
    const blob = await modelToBlob(model);
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(await encodeModel(model));
    const again = await loadModel(blob);
    await expectSameModel(again, model);
    for (const one of [model, again]) one.dispose();
  }));
