import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openSafetensors, openShards, type TensorFile } from "@tx/core";
import { fileSource } from "@tx/core/node";

const ONE = "model.safetensors";
const SEVERAL = "model.safetensors.index.json";

/**
 * Opens a checkpoint on the disk, from which tensors are read one by one.
 *
 * @param path A safetensors file, an index of several (`….index.json`), or a folder with
 *   model.safetensors or model.safetensors.index.json, as Hugging Face's libraries write it.
 * @throws Error (as a rejection) with the path and the reason if it cannot be read or makes no
 *   sense.
 */
export async function openCheckpoint(path: string): Promise<TensorFile> {
  const file = await fileIn(path);
  if (!file.endsWith(".json")) return openSafetensors(await fileSource(file));
  return openShards(await fileSource(file), (name) => fileSource(join(dirname(file), name)));
}

async function fileIn(path: string): Promise<string> {
  if (!(await isThere(path, "folder"))) return path;
  for (const name of [ONE, SEVERAL]) {
    if (await isThere(join(path, name), "file")) return join(path, name);
  }
  throw new Error(`${path}: expected ${ONE} or ${SEVERAL} in the folder, got neither`);
}

async function isThere(path: string, what: "file" | "folder"): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return (what === "file" ? found?.isFile() : found?.isDirectory()) ?? false;
}
