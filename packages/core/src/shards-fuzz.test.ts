import { getBackend } from "@tensorflow/tfjs-core";
import { hostileJson, sharedNames } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { bytesSource } from "./byte-source";
import { openShards } from "./open-shards";
import { Rng } from "./rng";
import { encodeSafetensors } from "./safetensors";

/** So many indices are tried; TX_FUZZ asks for more. */
const TIMES = Number(process.env.TX_FUZZ ?? 300);

const tensor = { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) } as const;
const files: Record<string, Uint8Array> = {
  "a.safetensors": encodeSafetensors(new Map([["one", tensor]])),
  "b.safetensors": encodeSafetensors(new Map([["two", tensor]])),
};
const index = JSON.stringify({
  metadata: { total_size: 16 },
  weight_map: { one: "a.safetensors", two: "b.safetensors" },
});

// What is read from bytes does not depend on the backend.
describe.runIf(getBackend() === "cpu")("an index that was tampered with", () => {
  test("leads to files beside it only, and is read as it says or refused", async () => {
    const rng = new Rng(19);
    let refused = 0;
    for (let n = 0; n < TIMES; n++) {
      const text = hostileJson(index, (n) => rng.integer(n));
      const source = bytesSource(new TextEncoder().encode(text), "w");
      const open = async (name: string) => {
        expect(name).toMatch(/^[\w.-]+\.safetensors$/);
        if (!Object.hasOwn(files, name)) throw new Error("w: no such file");
        return bytesSource(files[name]!, name);
      };
      try {
        const file = await openShards(source, open);
        for (const name of file.tensors.keys()) expect((await file.read(name)).shape).toEqual([2]);
        await file.close();
      } catch (error) {
        refused++;
        expect((error as Error).message).toMatch(/^w: /);
      }
      expect(sharedNames()).toEqual([]);
    }
    expect(refused).toBeGreaterThan(TIMES / 10);
  });
});
