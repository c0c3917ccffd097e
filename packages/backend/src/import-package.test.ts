import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AbsentPackage, importPackage, installed, isAbsent } from "./import-package";

test.each([
  "Cannot find package '@tx/simd' imported from /app/node_modules/@tx/backend/dist/index.js",
  "Cannot find module '@tx/simd'",
  'Could not resolve "@tx/simd" imported by "@tx/backend". Is it installed?',
  "Failed to resolve module specifier '@tx/simd'",
  "The specifier “@tx/simd” was a bare specifier, but was not remapped to anything.",
  "Module name, '@tx/simd' does not resolve to a valid URL.",
])("tells an absent package by %j", (message) => {
  expect(isAbsent(new Error(message), "@tx/simd")).toBe(true);
});

test.each([
  "Cannot find module '@mapbox/node-pre-gyp'\nRequire stack:\n- node_modules/@tx/simd/index.js",
  "libtensorflow.so.2: cannot open shared object file: No such file or directory",
])("does not take a broken package for an absent one: %j", (message) => {
  expect(isAbsent(new Error(message), "@tx/simd")).toBe(false);
});

test("imports what is installed, and says what is not", async () => {
  await expect(importPackage("@tensorflow/tfjs-backend-cpu")).resolves.toHaveProperty(
    "MathBackendCPU",
  );
  await expect(importPackage("@tensorflow/tfjs-node-gpu")).rejects.toThrow(AbsentPackage);
});

test("knows what Vite puts in the place of a package that is not installed", () => {
  const stub = { default: {} };
  expect(() => installed("@tensorflow/tfjs-backend-webgl", stub)).toThrow(AbsentPackage);
  const real = { default: {}, version_webgl: "4.22.0" };
  expect(installed("@tensorflow/tfjs-backend-webgl", real)).toBe(real);
});

test("takes tfjs-node out of a folder of its own where it is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tx-tensorflow-"));
  try {
    const own = join(folder, "node_modules", "@tensorflow", "tfjs-node");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "index.js"), "module.exports = { from: 'the folder' };");
    await expect(importPackage("@tensorflow/tfjs-node", folder)).resolves.toEqual({
      from: "the folder",
    });
    await expect(importPackage("@tensorflow/tfjs-node-gpu", folder)).rejects.toThrow(AbsentPackage);
    mkdirSync(join(folder, "node_modules", "@tensorflow", "tfjs-node-gpu"));
    writeFileSync(
      join(folder, "node_modules", "@tensorflow", "tfjs-node-gpu", "index.js"),
      "throw new Error('libcudart.so.11.0 is gone');",
    );
    await expect(importPackage("@tensorflow/tfjs-node-gpu", folder)).rejects.toThrow(
      "libcudart.so.11.0 is gone",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
