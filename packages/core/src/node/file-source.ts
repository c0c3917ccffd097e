import { open } from "node:fs/promises";
import type { ByteSource } from "../byte-source";

/** Most bytes that one call of the system may read. */
const MOST = 2 ** 30;

/**
 * A file on the disk, open until it is closed.
 *
 * @throws Error (as a rejection) with the path if it cannot be read.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const named = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw new Error(`${path}: expected a file that can be read, got ${reason}`, { cause });
    }
  };
  const handle = await named(open(path, "r"));
  try {
    const found = await named(handle.stat());
    if (!found.isFile()) {
      throw new Error(`${path}: expected a file, got a folder or a device`);
    }
    return {
      name: path,
      size: found.size,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length; ) {
          const most = Math.min(MOST, length - at);
          const { bytesRead } = await named(handle.read(bytes, at, most, offset + at));
          if (bytesRead === 0) {
            throw new Error(`${path}: expected ${length} bytes from byte ${offset} on, got ${at}`);
          }
          at += bytesRead;
        }
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
