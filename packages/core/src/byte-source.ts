/** Bytes that are read piece by piece, wherever they lie. */
export interface ByteSource {
  /** What errors call it. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * @param offset First byte.
   * @param length Number of bytes; offset + length is at most size.
   * @returns These bytes, all of them; not to be changed.
   * @throws Error (as a rejection) `name: …` if they cannot be read.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Lets go of what is only held for the next bytes, such as a connection; reading may go on. */
  pause?(): void;
  /** Lets go of all; nothing can be read any more. */
  close?(): Promise<void>;
}

/** Bytes in memory. */
export function bytesSource(bytes: Uint8Array | ArrayBuffer, name = "bytes"): ByteSource {
  const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return {
    name,
    size: all.length,
    read: async (offset, length) => all.subarray(offset, offset + length),
  };
}

/** A Blob, or a File that the user chose; read where it lies. */
export function blobSource(blob: Blob, name = nameOf(blob)): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        throw new Error(`${name}: expected a file that can be read, got ${String(cause)}`, {
          cause,
        });
      }
    },
  };
}

const nameOf = (blob: Blob): string => ("name" in blob ? String(blob.name) : "blob");

/**
 * @throws Error (as a rejection) if the source gives more or fewer bytes than it is asked for, and
 *   whatever it throws itself.
 */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.length !== length) {
    throw new Error(
      `${source.name}: expected ${length} bytes from byte ${offset} on, got ${bytes.length}`,
    );
  }
  return bytes;
}
