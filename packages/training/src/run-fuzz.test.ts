import { getBackend, memory } from "@tensorflow/tfjs-core";
import { decodeSafetensors, encodeSafetensors, Linear, normal, Rng } from "@tx/core";
import { hostileJson, sharedNames } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { AdamW, CharTokenizer, decodeRun, encodeRun, restoreRun } from "./index";
import { checksumOf } from "./run-format";

/** So many files are tried; TX_FUZZ asks for more. */
const TIMES = Number(process.env.TX_FUZZ ?? 200);

// What is read from bytes does not depend on the backend.
describe.runIf(getBackend() === "cpu")("of somebody who means harm", () => {
  test("a run's text, with the checksum that goes with it: read as it says, or refused", async () => {
    const model = new Linear(3, 2, { init: normal(1, new Rng(5)) });
    const optimizer = new AdamW({ parameters: model.parameters() });
    const random = { dropout: new Rng(5) };
    const bytes = await encodeRun({
      model,
      optimizer,
      random,
      cursor: { at: [3] },
      config: { a: 1 },
    });
    const { tensors, metadata } = decodeSafetensors(bytes);
    const rng = new Rng(23);
    const before = memory().numTensors;
    let refused = 0;
    for (let n = 0; n < TIMES; n++) {
      const changed = { ...metadata, run: hostileJson(metadata.run!, (n) => rng.integer(n)) };
      const checksum = checksumOf({ tensors, metadata: changed });
      const file = encodeSafetensors(tensors, { ...changed, checksum });
      try {
        const saved = decodeRun(file, "w");
        expect(saved.steps).toBeGreaterThanOrEqual(0);
        restoreRun(saved, { model, optimizer, random });
      } catch (error) {
        refused++;
        expect((error as Error).message).toMatch(/^w: /);
      }
      expect(memory().numTensors).toBe(before);
      expect(sharedNames()).toEqual([]);
    }
    expect(refused).toBeGreaterThan(TIMES / 10);
    optimizer.dispose();
    model.dispose();
  });

  test("a tokenizer's state: its tokenizer, or refused", () => {
    const text = JSON.stringify(CharTokenizer.of("zß🐋 a", { unknown: "_" }));
    const rng = new Rng(29);
    let refused = 0;
    for (let n = 0; n < TIMES; n++) {
      let config: unknown;
      try {
        config = JSON.parse(hostileJson(text, (n) => rng.integer(n)));
      } catch {
        continue;
      }
      try {
        const tokenizer = CharTokenizer.fromJSON(config as never);
        const known = tokenizer.characters.join("");
        expect(tokenizer.decode(tokenizer.encode(known))).toBe(known);
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(RangeError);
      }
      expect(sharedNames()).toEqual([]);
    }
    expect(refused).toBeGreaterThan(TIMES / 10);
  });
});
