import { bytesSource, encodeSafetensors, openSafetensors } from "@tx/core";
import { expect, test } from "vitest";
import { type FileMigration, fileVersion, nameToday, renamed } from "./file-version";

// Version 2 says attention for attn, version 3 numbers blocks from 0 under another name.
const steps: FileMigration[] = [
  (name) => name.replace("attn.", "attention."),
  (name) => name.replace(/^layers\./, "decoder.blocks."),
];

test("files are written in the newest version", () => {
  expect(fileVersion()).toBe("1");
  expect(fileVersion(steps)).toBe("3");
});

test("names go through every step from the file's own version on", () => {
  const today = "decoder.blocks.0.attention.query";
  expect(nameToday("1", steps)("layers.0.attn.query")).toBe(today);
  expect(nameToday(undefined, steps)("layers.0.attn.query")).toBe(today);
  expect(nameToday("2", steps)("layers.0.attention.query")).toBe(today);
  expect(nameToday("3", steps)(today)).toBe(today);
});

test("a version that is not known is refused", () => {
  expect(() => nameToday("4", steps)).toThrow(
    new Error("expected a file of version 3 or before, got 4: a newer @tx/model wrote it"),
  );
  for (const version of ["0", "-1", "1.5", "one", "", "9999999", "01"]) {
    expect(() => nameToday(version, steps)).toThrow(
      new Error(`expected a version of the file, got ${JSON.stringify(version)}`),
    );
  }
});

test("tensors are read under their names of today", async () => {
  const tensors = new Map([
    ["layers.0.attn.query", { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) }],
    ["norm", { dtype: "F32", shape: [1], data: Float32Array.of(3) }],
  ] as const);
  const file = await openSafetensors(bytesSource(encodeSafetensors(tensors), "old"));
  const today = renamed(file, nameToday("1", steps));
  expect([...today.tensors.keys()].sort()).toEqual(["decoder.blocks.0.attention.query", "norm"]);
  const read = async (name: string) => [...(await today.read(name)).data];
  expect(await read("decoder.blocks.0.attention.query")).toEqual([1, 2]);
  expect(await read("norm")).toEqual([3]);
  await expect(today.read("none")).rejects.toThrow("old: ");
  await today.close();
});
