import { type ByteSource, blobSource } from "./byte-source";

/** What is read and thrown away rather than asking the server anew, in bytes. */
const SKIP = 1_048_576;

/**
 * A file on a server, read as it arrives: one request as long as reading goes on in order, and a
 * new one with a Range header where it goes elsewhere. From a server that knows no Range the body
 * is read in order, and once more from its start where reading goes back. One that does not tell
 * the size either is kept whole as a Blob first, which browsers put on the disk.
 *
 * @param init For `fetch`, such as headers and an abort signal.
 * @throws Error (as a rejection) with the address if the server cannot be reached or refuses.
 */
export async function urlSource(url: URL | string, init: RequestInit = {}): Promise<ByteSource> {
  const name = String(url);
  const first = await request(name, init, 0);
  const size = sizeOf(first.response, 0);
  if (size === undefined) {
    return blobSource(await named(name, () => first.response.blob()), name);
  }
  return new UrlSource(name, size, init, first);
}

interface Opened {
  readonly response: Response;
  /** Stops the body. */
  readonly stop: () => void;
}

class UrlSource implements ByteSource {
  /** What arrives, from `#at` on; #rest was taken from it already. */
  #stream: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #stop = () => {};
  #rest: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #tag: string | null;

  constructor(
    readonly name: string,
    readonly size: number,
    private readonly init: RequestInit,
    first: Opened,
  ) {
    this.#tag = first.response.headers.get("etag");
    this.#follow(first, 0);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (!this.#stream || offset < this.#at || offset > this.#at + SKIP) await this.#open(offset);
    while (this.#at < offset) await this.#take(offset - this.#at);
    const bytes = new Uint8Array(length);
    for (let n = 0; n < length; ) {
      const piece = await this.#take(length - n);
      bytes.set(piece, n);
      n += piece.length;
    }
    return bytes;
  }

  pause(): void {
    this.#stop();
    this.#stream = undefined;
    this.#rest = new Uint8Array(0);
  }

  async close(): Promise<void> {
    this.pause();
  }

  async #open(offset: number): Promise<void> {
    this.pause();
    const opened = await request(this.name, this.init, offset);
    const { response } = opened;
    const [size, tag] = [sizeOf(response, offset), response.headers.get("etag")];
    if (size !== this.size || tag !== this.#tag) {
      opened.stop();
      throw new Error(
        `${this.name}: expected the file as it was, got another one (${size} bytes, etag ${tag})`,
      );
    }
    this.#follow(opened, response.status === 206 ? offset : 0);
  }

  #follow({ response, stop }: Opened, at: number): void {
    this.#stream = response.body?.getReader();
    this.#stop = stop;
    this.#at = at;
  }

  /** The next bytes, at least one and at most so many. */
  async #take(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await named(this.name, async () => this.#stream?.read());
      if (!next || next.done) {
        throw new Error(`${this.name}: expected ${this.size} bytes, got ${this.#at}`);
      }
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    this.#at += piece.length;
    return piece;
  }
}

async function request(name: string, init: RequestInit, offset: number): Promise<Opened> {
  const headers = new Headers(init.headers);
  headers.set("range", `bytes=${offset}-`);
  const abort = new AbortController();
  const stop = () => abort.abort();
  const signal = init.signal ? AbortSignal.any([init.signal, abort.signal]) : abort.signal;
  const response = await named(name, () => fetch(name, { ...init, headers, signal }));
  const start = startOf(response) ?? offset;
  if (response.ok && start === offset) return { response, stop };
  stop();
  const got = response.ok ? `those from ${start} on` : `status ${response.status}`;
  throw new Error(`${name}: expected the bytes from ${offset} on, got ${got}`);
}

const RANGE = /^bytes (\d+)-\d+\/(\d+)$/;

/** Undefined where a server does not let other sites see it, or sends the whole. */
function startOf({ status, headers }: Response): number | undefined {
  const range = RANGE.exec(headers.get("content-range") ?? "");
  return status === 206 && range ? Number(range[1]) : undefined;
}

/** Of the whole file; undefined where the server does not tell. */
function sizeOf({ status, headers }: Response, offset: number): number | undefined {
  const range = RANGE.exec(headers.get("content-range") ?? "");
  if (status === 206 && range) return Number(range[2]);
  // A compressed body's length is not the file's.
  const length = headers.get("content-encoding") ? null : headers.get("content-length");
  if (length === null) return undefined;
  return Number(length) + (status === 206 ? offset : 0);
}

async function named<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new Error(`${name}: expected a file that can be fetched, got ${String(cause)}`, {
      cause,
    });
  }
}
