import { open, readFile, rm } from "node:fs/promises";

/**
 * A file with a line of JSON for everything that happened. Lines wait until they are written, which is
 * when a run is saved; what a crash left behind the last save is cut off by the next writing.
 */
export class Journal<Line> {
  #waiting: Line[] = [];

  private constructor(
    private readonly path: string,
    /** How much of the file counts, in bytes and in lines. */
    private bytes: number,
    private written: number,
  ) {}

  /**
   * The journal in a file, of which so many lines count.
   *
   * @param from The file to take these lines from. Default: the journal's own.
   * @throws Error if the file has fewer lines.
   */
  static async open<Line>(path: string, lines: number, from = path): Promise<Journal<Line>> {
    if (lines === 0) return new Journal<Line>(path, 0, 0);
    const content = await readFile(from);
    const bytes = endOf(content, lines);
    if (bytes === null) throw new Error(`${from}: expected at least ${lines} lines, got fewer`);
    const journal = new Journal<Line>(path, bytes, lines);
    if (from !== path) await writeAt(path, 0, content.subarray(0, bytes));
    return journal;
  }

  /** Lines written and waiting. */
  get lines(): number {
    return this.written + this.#waiting.length;
  }

  add(line: Line): void {
    this.#waiting.push(line);
  }

  /** @throws Error of the file system; the lines from before are untouched then. */
  async write(): Promise<void> {
    const lines = this.#waiting.slice();
    const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await writeAt(this.path, this.bytes, text);
    this.bytes += text.length;
    this.written += lines.length;
    this.#waiting = this.#waiting.slice(lines.length);
  }

  /** Removes the file: without a save its lines belong to nothing. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** The lines of a journal, as many as count. */
export async function readJournal<Line>(path: string, lines: number): Promise<Line[]> {
  if (lines === 0) return [];
  const text = await readFile(path, "utf8");
  return text
    .split("\n", lines)
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** Where so many lines end, null if there are fewer. */
function endOf(content: Buffer, lines: number): number | null {
  let end = 0;
  for (let n = 0; n < lines; n++) {
    const next = content.indexOf(10, end);
    if (next === -1) return null;
    end = next + 1;
  }
  return end;
}

/** Puts text at a place in a file and drops what lies behind it. */
async function writeAt(path: string, bytes: number, text: Uint8Array): Promise<void> {
  const file = await open(path, bytes === 0 ? "w" : "r+");
  try {
    await file.truncate(bytes);
    // A write may take a part only, such as what a full disk has room for.
    for (let done = 0; done < text.length; ) {
      done += (await file.write(text, done, text.length - done, bytes + done)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
