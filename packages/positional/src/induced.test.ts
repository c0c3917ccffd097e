import { Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  alibi,
  alibiSlopes,
  inducedBy,
  learned,
  nope,
  perLayer,
  rope,
  sinusoidal,
  xpos,
} from "./index";

const SIZES = { dModel: 6, heads: 3, headDim: 4, length: 5 };

const close = (got: number | null, wanted: number) =>
  expect(got, `wanted ${wanted}`).toBeCloseTo(wanted, 4);

test("a bias is seen as it is, where the query sees the key", async () => {
  const { kind, embedding, scores, distances, byDistance } = await inducedBy(alibi(), SIZES);
  expect([kind, embedding, distances]).toEqual(["alibi", undefined, [0, 1, 2, 3, 4]]);
  alibiSlopes(3).forEach((slope, head) => {
    for (let query = 0; query < 5; query++) {
      for (let key = 0; key < 5; key++) {
        const score = scores[head]![query]![key]!;
        if (key > query) expect(score).toBeNull();
        else close(score, -slope * (query - key));
      }
    }
    distances.forEach((distance, n) => {
      close(byDistance[head]![n]!, -slope * distance);
    });
  });
});

test("both sides are seen where attention is not causal", async () => {
  const { scores, distances, byDistance } = await inducedBy(alibi(), { ...SIZES, causal: false });
  expect(distances).toEqual([-4, -3, -2, -1, 0, 1, 2, 3, 4]);
  close(scores[0]![1]![4]!, -3 * alibiSlopes(3)[0]!);
  close(byDistance[1]![1]!, -3 * alibiSlopes(3)[1]!);
});

test("a rotation is seen by what is left of the product of two equal vectors", async () => {
  const { scores } = await inducedBy(rope({ headDim: 4 }), { ...SIZES, start: 100 });
  const wanted = (far: number) => (2 * Math.cos(far) + 2 * Math.cos(far / 100) - 4) / 2;
  close(scores[0]![4]![1]!, wanted(3));
  close(scores[2]![3]![3]!, 0);
  const fading = await inducedBy(xpos({ headDim: 4, scaleBase: 4 }), SIZES);
  const [fast, slow] = [1.6 / 5.6, 3.6 / 5.6].map((zeta) => 2 * zeta);
  close(fading.scores[0]![4]![0]!, (fast! * Math.cos(4) + slow! * Math.cos(0.04) - 4) / 2);
});

test("embeddings are seen as they are added and by their products", async () => {
  const { embedding, scores } = await inducedBy(sinusoidal({ dModel: 6 }), SIZES);
  expect(embedding!.map((row) => row.length)).toEqual([6, 6, 6, 6, 6]);
  close(embedding![3]![0]!, Math.sin(3));
  const product = [0, 1, 2].reduce((all, pair) => all + Math.cos(2 * 1e4 ** (-pair / 3)), 0);
  for (const head of [0, 2]) close(scores[head]![3]![1]!, product / Math.sqrt(6));
});

test("a layer is seen as it has it, and nothing where nothing is done", async () => {
  const mixed = perLayer([alibi(), nope()]);
  const [first, second] = [0, 1].map((layer) => inducedBy(mixed, { ...SIZES, layer }));
  expect((await first!).scores[0]![4]![0]).toBeLessThan(-0.1);
  expect((await second!).byDistance).toEqual(Array(3).fill(Array(5).fill(0)));
});

test("refuses sizes by name, and leaves nothing behind", async () => {
  const table = learned({ maxLen: 5, dModel: 6, rng: new Rng(1) });
  await expectNoLeak(async () => {
    await inducedBy(table, SIZES);
    await expect(inducedBy(table, { ...SIZES, length: 0 })).rejects.toThrow(
      new RangeError("length: expected a whole number from 1, got 0"),
    );
    await expect(inducedBy(table, { ...SIZES, start: 1 })).rejects.toThrow(/maxLen 5/);
  });
});
