import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backend, getBackend } from "@tensorflow/tfjs-core";
import { encodeSafetensors, type HostTensor, Rng, stateOf, toHost } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { encodeModel, gpt } from "../index";
import { expectSameModel } from "../testing/expect-same-model";
import { loadModel, openCheckpoint, saveModel } from "./index";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-model-"));
});
afterEach(() => rm(folder, { recursive: true }));

const modelOf = (seed = 3) =>
  gpt({ vocabSize: 11, maxLen: 7, layers: 1, heads: 2, dModel: 6, rng: new Rng(seed) });
const bytesIn = async (path: string) => new Uint8Array(await readFile(path));

test("a saved model comes back, over an older one, in a folder that is made", () =>
  expectNoLeak(async () => {
    const path = join(folder, "some", "where", "gpt.safetensors");
    const [model, older] = [modelOf(), modelOf(4)];
    await saveModel(path, older);
    await saveModel(path, model);
    expect(await readdir(join(folder, "some", "where"))).toEqual(["gpt.safetensors"]);
    expect(await bytesIn(path)).toEqual(await encodeModel(model));
    const again = await loadModel(path);
    await expectSameModel(again, model);
    for (const one of [model, older, again]) one.dispose();
  }));

// Files are the same whatever the backend.
describe.runIf(getBackend() === "cpu")("on the disk", () => {
  test("half precision takes half the room", async () => {
    const path = join(folder, "a.safetensors");
    await saveModel(path, modelOf(), { dtype: "BF16" });
    const { tensors, close } = await openCheckpoint(path);
    expect([...tensors.values()].every(({ dtype }) => dtype === "BF16")).toBe(true);
    await close();
    (await loadModel(path)).dispose();
  });

  test("a model that cannot be saved leaves the old one, and nothing besides", async () => {
    const path = join(folder, "a.safetensors");
    const model = modelOf();
    await saveModel(path, model);
    const before = await bytesIn(path);
    // The file system is fine, but the device gives no numbers.
    const lost = vi.spyOn(backend(), "read").mockRejectedValue(new Error("device lost"));
    try {
      await expectNoLeak(() => expect(saveModel(path, model)).rejects.toThrow("device lost"));
      expect(lost).toHaveBeenCalled();
    } finally {
      lost.mockRestore();
    }
    expect(await bytesIn(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(["a.safetensors"]);
    await expect(saveModel(join(path, "b"), model)).rejects.toThrow(/EEXIST|ENOTDIR/);
    await mkdir(join(folder, "taken", "inside"), { recursive: true });
    await expect(saveModel(join(folder, "taken"), model)).rejects.toThrow(/EISDIR|ENOTEMPTY|EPERM/);
    expect((await readdir(folder)).sort()).toEqual(["a.safetensors", "taken"]);
  });

  test("a file that is missing, cut off or longer is refused by its path, and leaves nothing", async () => {
    const path = join(folder, "a.safetensors");
    await expect(loadModel(path)).rejects.toThrow(
      new Error(`${path}: expected a file that can be read, got ENOENT`),
    );
    await saveModel(path, modelOf());
    const bytes = await bytesIn(path);
    await expectNoLeak(async () => {
      await truncate(path, bytes.length - 1);
      await expect(loadModel(path)).rejects.toThrow(
        new Error(`${path}: expected 24 bytes for decoder.norm.bias, got 23`),
      );
      await writeFile(path, Buffer.concat([bytes, Buffer.from("more")]));
      await expect(loadModel(path)).rejects.toThrow(/^.+a\.safetensors: expected \d+ bytes of/);
    });
  });

  describe("a folder", () => {
    const [first, second] = [
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
    ];

    test("with model.safetensors is opened by its name", async () => {
      const model = modelOf();
      await saveModel(join(folder, "model.safetensors"), model);
      await expectSameModel(await loadModel(folder), model);
    });

    test("with a checkpoint in several files is one model", async () => {
      const model = modelOf();
      const halves: Map<string, HostTensor>[] = [new Map(), new Map()];
      const map: Record<string, string> = {};
      for (const [n, [path, variable]] of [...stateOf(model)].entries()) {
        halves[n % 2]!.set(path, await toHost(variable));
        map[path] = [first, second][n % 2]!;
      }
      const metadata = { config: JSON.stringify(model.config) };
      for (const [n, file] of [first, second].entries()) {
        await writeFile(join(folder, file), encodeSafetensors(halves[n]!, metadata));
      }
      const index = join(folder, "model.safetensors.index.json");
      await writeFile(index, JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }));
      await expectSameModel(await loadModel(folder), model);
      await expectSameModel(await loadModel(index), model);
      await rm(join(folder, second));
      await expect(loadModel(folder)).rejects.toThrow(
        new Error(`${join(folder, second)}: expected a file that can be read, got ENOENT`),
      );
    });

    test("with neither is refused", async () => {
      await expect(openCheckpoint(folder)).rejects.toThrow(
        new Error(
          `${folder}: expected model.safetensors or model.safetensors.index.json in the folder, got neither`,
        ),
      );
    });
  });
});
