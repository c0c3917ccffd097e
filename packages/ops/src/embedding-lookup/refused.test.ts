import { grads, ones, type Tensor2D, tensor } from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { embeddingLookup } from "./embedding-lookup";

test("an id that the backend refuses leaves nothing behind", async () => {
  const [table, dy] = [ones([3, 2]), ones([2, 2])];
  const ids = tensor([0, 7], [2], "int32");
  await expectNoLeak(() => {
    expect(() => grads((t) => embeddingLookup(t as Tensor2D, ids))([table], dy)).toThrow(/7/);
  });
});
