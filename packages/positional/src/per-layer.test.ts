import { type Positional, Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  alibi,
  combined,
  learned,
  nope,
  type PerLayer,
  perLayer,
  positionalFromJSON,
  rope,
  shaw,
  t5Bias,
  transformerXL,
} from "./index";

const rng = () => new Rng(3);
const turning = () => rope({ headDim: 4 });
const buckets = () => t5Bias({ heads: 2, rng: rng() });
const vectors = () => shaw({ headDim: 4, clip: 2, rng: rng() });
const xl = (memoryLen: number) => transformerXL({ dModel: 6, heads: 2, memoryLen, rng: rng() });

test("a layer has its entry, and from the last on the first again", () => {
  const [a, b] = [turning(), nope()];
  const mixed = perLayer([a, a, a, b]);
  const order = Array.from({ length: 9 }, (_, layer) => mixed.forLayer(layer));
  expect(order).toEqual([a, a, a, b, a, a, a, b, a]);
  expect(() => mixed.forLayer(-1)).toThrow(
    new RangeError("layer: expected a whole number from 0, got -1"),
  );
  expect(() => mixed.forLayer(0.5)).toThrow("layer: expected a whole number from 0, got 0.5");
});

test("asks an entry for what it is in that layer", () => {
  const [a, b, c] = [turning(), nope(), alibi()];
  const nested = perLayer([perLayer([a, b, c]), b]);
  expect([0, 1, 2, 4].map((layer) => nested.forLayer(layer))).toEqual([a, b, c, b]);
  const both = perLayer([combined([perLayer([a, b]), c])]).forLayer(1);
  expect([both.rotate, typeof both.bias]).toEqual([undefined, "function"]);
});

test("has no hooks of its own, and says what its entries say", () => {
  const mixed = perLayer([turning(), buckets(), vectors()]) as Positional;
  for (const hook of ["embed", "rotate", "bias", "scores", "values"] as const) {
    expect(mixed[hook]).toBeUndefined();
  }
  expect(mixed.maxLen).toBeUndefined();
  expect(mixed.relative).toBe(true);
  const own = (fields: object): Positional => ({ ...nope(), toJSON: nope().toJSON, ...fields });
  expect(perLayer([own({ maxLen: 9 }), own({ maxLen: 7 }), nope()]).maxLen).toBe(7);
  expect(perLayer([own({ relative: undefined }), nope()]).relative).toBe(false);
  expect(perLayer([nope(), xl(3), xl(3)]).memory?.len).toBe(3);
  expect(perLayer([nope(), xl(0)]).memory).toBeUndefined();
});

test("lists what layers share once, and comes back with as much shared", () => {
  const [shared, alone] = [vectors(), buckets()];
  const mixed = perLayer([shared, alone, shared, nope()]);
  const paths = ["strategies.0.key", "strategies.0.value", "strategies.1.table"];
  expect([...mixed.parameters().keys()]).toEqual(paths);
  const config = JSON.parse(JSON.stringify(mixed));
  expect(config).toEqual({
    ...{ kind: "per-layer", version: 1, order: [0, 1, 0, 2] },
    strategies: [shared.toJSON(), alone.toJSON(), { kind: "nope", version: 1 }],
  });
  const again = positionalFromJSON(config, rng()) as PerLayer;
  expect(again.toJSON()).toEqual(config);
  expect([...again.parameters().keys()]).toEqual(paths);
  expect(again.forLayer(2)).toBe(again.forLayer(0));
  expect(again.forLayer(4)).toBe(again.forLayer(0));
});

test("refuses what does not fit by name, and leaves nothing behind", async () => {
  const table = learned({ maxLen: 7, dModel: 6, rng: rng() });
  const [two, three] = [xl(2), xl(3)];
  const refused = (run: () => unknown, message: string) =>
    expect(run).toThrow(new RangeError(message));
  const read = (config: object) => () =>
    positionalFromJSON({ kind: "per-layer", version: 1, ...config }, rng());
  await expectNoLeak(() => {
    perLayer([vectors(), vectors(), nope()]).dispose();
    refused(() => perLayer([]), "strategies: expected a list of one or more, got []");
    refused(
      () => perLayer([alibi(), table]),
      "strategies: expected none that adds to embeddings, which is done before the layers, got learned; combined([learned, perLayer([…])]) does both",
    );
    expect(() => perLayer([combined([alibi(), table])])).toThrow("got combined;");
    refused(
      () => perLayer([two, three]),
      "strategies: expected memories of one length, got 2 and 3",
    );
    const shawOnce = { kind: "shaw", version: 1, headDim: 4, clip: 1 };
    const known = [shawOnce, { kind: "nope", version: 1 }];
    for (const order of [undefined, [], [0], [0, 2], [0, 1, "0"], [0, -1]]) {
      refused(
        read({ strategies: known, order }),
        `order: expected each number below 2 once or more, got ${JSON.stringify(order)}`,
      );
    }
    for (const strategies of [undefined, "rope", [null]]) {
      refused(
        read({ strategies, order: [0] }),
        `strategies: expected a list of configs, got ${JSON.stringify(strategies)}`,
      );
    }
    expect(read({ strategies: [shawOnce, { kind: "shaw", version: 1 }], order: [0, 1] })).toThrow(
      "headDim: expected a whole number from 1, got undefined",
    );
    expect(read({ strategies: [], order: [] })).toThrow("order: expected each number below 0");
  });
});
