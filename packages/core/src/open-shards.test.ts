import { getBackend } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { type ByteSource, bytesSource } from "./byte-source";
import type { HostTensor } from "./host-tensor";
import { openShards } from "./open-shards";
import { encodeSafetensors } from "./safetensors";

const f32 = (...data: number[]): HostTensor => ({
  dtype: "F32",
  shape: [data.length],
  data: Float32Array.from(data),
});
const [first, second] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
const files = {
  [first]: encodeSafetensors(
    new Map([
      ["a", f32(1, 2)],
      ["c", f32(3)],
    ]),
    { format: "pt" },
  ),
  [second]: encodeSafetensors(new Map([["b", f32(4, 5, 6)]]), { other: "text" }),
};
const weightMap = { a: first, b: second, c: first };

function folder(contents: Record<string, Uint8Array> = files) {
  const [opened, paused, closed]: [string[], string[], string[]] = [[], [], []];
  const open = async (name: string): Promise<ByteSource> => {
    if (!contents[name]) throw new Error(`${name}: expected a file, got none`);
    opened.push(name);
    return {
      ...bytesSource(contents[name], name),
      pause: () => void paused.push(name),
      close: async () => void closed.push(name),
    };
  };
  return { opened, paused, closed, open };
}

const indexOf = (index: unknown): ByteSource => {
  const text = typeof index === "string" ? index : JSON.stringify(index);
  return bytesSource(new TextEncoder().encode(text), "index.json");
};

// What is read from bytes does not depend on the backend.
describe.runIf(getBackend() === "cpu")("a checkpoint in several files", () => {
  test("is read through the interface of one", async () => {
    const { open, opened, paused, closed } = folder();
    const index = indexOf({ metadata: { total_size: 24 }, weight_map: weightMap });
    const file = await openShards(index, open);
    expect(file.name).toBe("index.json");
    expect(file.metadata).toEqual({ format: "pt", other: "text" });
    // File by file, so that reading in this order goes through each once.
    expect([...file.tensors.keys()]).toEqual(["a", "c", "b"]);
    expect(opened).toEqual([first, second]);
    expect(paused).toEqual([first, second]);
    for (const [name, wanted] of [
      ["a", f32(1, 2)],
      ["c", f32(3)],
      ["b", f32(4, 5, 6)],
    ] as const) {
      expect(await file.read(name)).toEqual(wanted);
    }
    expect(paused.slice(2), "the first is done with when the second is begun").toEqual([first]);
    await expect(file.read("d")).rejects.toThrow(
      new Error("index.json: expected a tensor d, got none"),
    );
    expect(closed).toEqual([]);
    await file.close();
    expect(closed).toEqual([first, second]);
  });

  test.each([
    "../secret.safetensors",
    "/etc/a.safetensors",
    "a/b.safetensors",
    "a\\b.safetensors",
    "C:a.safetensors",
    "https://x.y/a.safetensors",
    "..safetensors",
    ".hidden.safetensors",
    "model.bin",
    "a%2fb.safetensors",
    "",
    7,
    null,
  ])("an index cannot lead elsewhere: %j", async (name) => {
    const { open, opened } = folder();
    await expect(openShards(indexOf({ weight_map: { "x.y": name } }), open)).rejects.toThrow(
      new Error(
        `index.json: weight_map.x.y: expected the name of a file beside the index, got ${JSON.stringify(name)}`,
      ),
    );
    expect(opened).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ["no JSON", "{", "expected an index in JSON, got other text"],
    ["no map", {}, "expected a weight_map of names and files, got undefined"],
    ["null", null, "expected a weight_map of names and files, got undefined"],
    [
      "a list",
      { weight_map: [first] },
      `expected a weight_map of names and files, got ["${first}"]`,
    ],
    [
      "a tensor twice",
      `{"weight_map": {"a": "${first}", "a": "${second}"}}`,
      'expected an index with every name once, got "a" twice',
    ],
    ["endless depth", "[".repeat(100_000), "expected an index of at most 16 levels, got more"],
  ])("an index of nonsense is refused: %s", async (_, index, message) => {
    await expect(openShards(indexOf(index), folder().open)).rejects.toThrow(
      new Error(`index.json: ${message}`),
    );
  });

  test("files that do not hold what the index says are refused, all at once, and closed", async () => {
    const { open, closed } = folder();
    const wrong = { a: second, b: second, d: first, e: first };
    await expect(openShards(indexOf({ weight_map: wrong }), open)).rejects.toThrow(
      new Error(
        `index.json: expected what the index says, got no a in ${second}; no d in ${first}; no e in ${first}; unknown a in ${first}; unknown c in ${first}`,
      ),
    );
    expect(closed.sort()).toEqual([first, second]);
  });

  test("a file that is missing or damaged is named, and the others are closed", async () => {
    const missing = folder({ [first]: files[first]! });
    await expect(openShards(indexOf({ weight_map: weightMap }), missing.open)).rejects.toThrow(
      new Error(`${second}: expected a file, got none`),
    );
    expect(missing.closed).toEqual([first]);
    const cut = folder({ ...files, [second]: files[second]!.subarray(0, -1) });
    await expect(openShards(indexOf({ weight_map: weightMap }), cut.open)).rejects.toThrow(
      new Error(`${second}: expected 12 bytes for b, got 11`),
    );
    expect(cut.closed.sort()).toEqual([first, second]);
  });

  test("an index past all reason is not read", async () => {
    const huge = { name: "index.json", size: 100_000_001, read: () => Promise.reject(new Error()) };
    await expect(openShards(huge, folder().open)).rejects.toThrow(
      new Error("index.json: expected at most 100000000 bytes, got 100000001"),
    );
  });
});
