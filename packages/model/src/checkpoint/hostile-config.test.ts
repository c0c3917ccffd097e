import { readFileSync } from "node:fs";
import { getBackend, memory } from "@tensorflow/tfjs-core";
import { bytesSource, decodeSafetensors, encodeSafetensors, openSafetensors, Rng } from "@tx/core";
import { hostileJson, sharedNames } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { fromHuggingFace } from "../hugging-face/from-hugging-face";
import { encodeModel, loadModel, type PresetModel } from "../index";
import { smallPresets } from "../testing/presets";

/** So many configs are tried of each kind; TX_FUZZ asks for more. */
const TIMES = Number(process.env.TX_FUZZ ?? 60);

/** How loading ended: a model, which is freed again, or what was said. */
async function outcome(load: () => Promise<PresetModel>): Promise<string | undefined> {
  const before = memory().numTensors;
  try {
    const model = await load();
    model.dispose();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message;
  } finally {
    expect(memory().numTensors).toBe(before);
    expect(sharedNames()).toEqual([]);
  }
}

// What configs say does not depend on the backend.
describe.runIf(getBackend() === "cpu")("a config that was tampered with", () => {
  test.each(smallPresets)("of $name: its model, or refused", async ({ make }) => {
    const made = make();
    const { tensors, metadata } = decodeSafetensors(await encodeModel(made));
    made.dispose();
    const rng = new Rng(13);
    let refused = 0;
    for (let n = 0; n < TIMES; n++) {
      const config = hostileJson(metadata.config!, (n) => rng.integer(n));
      const file = encodeSafetensors(tensors, { ...metadata, config });
      const said = await outcome(() => loadModel(file, { name: "w" }));
      if (said === undefined) continue;
      refused++;
      expect(said).toMatch(/^w: /);
    }
    expect(refused).toBeGreaterThan(TIMES / 4);
  });

  test("asks for no more blocks than the file holds", async () => {
    const made = smallPresets[0]!.make();
    const { tensors, metadata } = decodeSafetensors(await encodeModel(made));
    made.dispose();
    const config = metadata.config!.replace(/"layers":\d+/, '"layers":100000');
    const file = encodeSafetensors(tensors, { ...metadata, config });
    expect(await outcome(() => loadModel(file, { name: "w" }))).toBe(
      `w: config.layers: expected at most the ${tensors.size} that the file has tensors for, got 100000`,
    );
  });

  test.each(["gpt2", "bert", "llama", "t5"])(
    "of Hugging Face's %s: its model, or refused",
    async (name) => {
      const folder = new URL(`../../fixtures/hugging-face/${name}/`, import.meta.url);
      const text = readFileSync(new URL("config.json", folder), "utf8");
      const bytes = readFileSync(new URL("model.safetensors", folder));
      const rng = new Rng(17);
      let refused = 0;
      for (let n = 0; n < TIMES; n++) {
        const changed = parsed(hostileJson(text, (n) => rng.integer(n)));
        const file = await openSafetensors(bytesSource(bytes, "w"));
        if ((await outcome(() => fromHuggingFace(changed, file))) !== undefined) refused++;
      }
      expect(refused).toBeGreaterThan(TIMES / 10);
    },
  );
});

/** What is no JSON is refused before it gets there. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
