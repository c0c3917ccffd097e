import { type ByteSource, readExactly } from "./byte-source";
import { openSafetensors } from "./open-safetensors";
import type { TensorInfo } from "./safetensors-header";
import { brief, parseStrictJson, shortened } from "./strict-json";
import type { TensorFile } from "./tensor-file";

/** As for the header of one file, in bytes. */
const MAX_INDEX = 100_000_000;

/**
 * Opens a checkpoint in several safetensors files, as Hugging Face's libraries write large ones:
 * an index, `model.safetensors.index.json`, whose `weight_map` tells the file of each tensor.
 *
 * @param index The index file; closed when it is read.
 * @param open Opens a file beside the index, by its name; never asked for a path.
 * @throws Error (as a rejection) `name: expected …, got …` if the index makes no sense, a file is
 *   damaged, or the files do not hold exactly what the index says.
 */
export async function openShards(
  index: ByteSource,
  open: (fileName: string) => Promise<ByteSource>,
): Promise<TensorFile> {
  const places = await readIndex(index);
  const shards = new Map<string, TensorFile>();
  const close = async () => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    const sources = new Map<string, ByteSource>();
    for (const fileName of new Set(places.values())) {
      const source = await open(fileName);
      shards.set(fileName, await openSafetensors(source));
      // Else every shard of a URL holds a connection, of which browsers allow few.
      source.pause?.();
      sources.set(fileName, source);
    }
    const tensors = tensorsOf(index.name, places, shards);
    let current: string | undefined;
    return {
      name: index.name,
      metadata: Object.assign({}, ...[...shards.values()].map(({ metadata }) => metadata)),
      tensors,
      async read(tensor) {
        const fileName = places.get(tensor);
        if (fileName === undefined) {
          throw new Error(`${index.name}: expected a tensor ${shortened(tensor)}, got none`);
        }
        if (current !== undefined && current !== fileName) sources.get(current)!.pause?.();
        current = fileName;
        return shards.get(fileName)!.read(tensor);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The names of files by those of tensors. */
async function readIndex(index: ByteSource): Promise<Map<string, string>> {
  try {
    if (index.size > MAX_INDEX) {
      throw new Error(`${index.name}: expected at most ${MAX_INDEX} bytes, got ${index.size}`);
    }
    const text = new TextDecoder().decode(await readExactly(index, 0, index.size));
    return weightMapIn(text, index.name);
  } finally {
    await index.close?.();
  }
}

function weightMapIn(text: string, name: string): Map<string, string> {
  try {
    const { weight_map: map } = (parseStrictJson(text, "an index", 16, { anyName: true }) ??
      {}) as {
      weight_map?: unknown;
    };
    if (typeof map !== "object" || map === null || Array.isArray(map)) {
      throw new Error(`expected a weight_map of names and files, got ${brief(map)}`);
    }
    const places = Object.entries(map);
    for (const [tensor, fileName] of places) {
      if (typeof fileName !== "string" || !isPlain(fileName)) {
        throw new Error(
          `weight_map.${shortened(tensor)}: expected the name of a file beside the index, got ${brief(fileName)}`,
        );
      }
    }
    return new Map(places as [string, string][]);
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause });
  }
}

/** A name alone: no folder, drive, address or hidden file that an index could lead to. */
const isPlain = (fileName: string): boolean => /^[\w-][\w.-]*\.safetensors$/.test(fileName);

function tensorsOf(
  name: string,
  places: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, TensorFile>,
): Map<string, TensorInfo> {
  const found = [...shards].flatMap(([fileName, shard]) =>
    [...shard.tensors].map(([tensor, info]) => ({ tensor, info, fileName })),
  );
  const unknown = found.filter(({ tensor, fileName }) => places.get(tensor) !== fileName);
  const missing = [...places].filter(([tensor, file]) => !shards.get(file)!.tensors.has(tensor));
  if (unknown.length > 0 || missing.length > 0) {
    const problems = [
      ...missing.map(([tensor, file]) => `no ${shortened(tensor)} in ${file}`),
      ...unknown.map(({ tensor, fileName }) => `unknown ${shortened(tensor)} in ${fileName}`),
    ];
    throw new Error(`${name}: expected what the index says, got ${problems.join("; ")}`);
  }
  return new Map(found.map(({ tensor, info }) => [tensor, info]));
}
