import {
  type ByteSource,
  blobSource,
  bytesSource,
  openSafetensors,
  openShards,
  type TensorFile,
  urlSource,
} from "@tx/core";

/** Where a checkpoint may lie: a file that was chosen, an address, bytes, or a source of one's own. */
export type CheckpointSource = Blob | URL | Uint8Array | ArrayBuffer | ByteSource;

export interface OpenCheckpointOptions {
  /** What errors call the file. Default: its own name or address. */
  name?: string;
  /** For `fetch`, where the file is a URL: headers, an abort signal. */
  fetch?: RequestInit;
}

/**
 * Opens a checkpoint, from which tensors are read one by one: a safetensors file anywhere, or by
 * its URL the index of several (`model.safetensors.index.json`), which lie beside it. For paths on
 * a disk see `@tx/model/node`.
 *
 * @returns The caller closes it.
 * @throws Error (as a rejection) `name: expected …, got …` if it cannot be read or makes no sense.
 */
export async function openCheckpoint(
  from: CheckpointSource,
  { name, fetch }: OpenCheckpointOptions = {},
): Promise<TensorFile> {
  if (from instanceof URL && from.pathname.endsWith(".json")) {
    const beside = (fileName: string) => urlSource(new URL(fileName, from), fetch);
    return openShards(await urlSource(from, fetch), beside);
  }
  return openSafetensors(await sourceOf(from, name, fetch));
}

async function sourceOf(
  from: CheckpointSource,
  name: string | undefined,
  fetch: RequestInit | undefined,
): Promise<ByteSource> {
  if (from instanceof URL) return urlSource(from, fetch);
  if (from instanceof Blob) return blobSource(from, name);
  if (from instanceof Uint8Array || from instanceof ArrayBuffer) return bytesSource(from, name);
  return from;
}
