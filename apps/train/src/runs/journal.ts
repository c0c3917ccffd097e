import { open, readFile, rm } from "node:fs/promises";
import { systemReason } from "../user-error";

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
   * @throws Error if the file has fewer lines, or one of them is no JSON.
   */
  static async open<Line>(path: string, lines: number, from = path): Promise<Journal<Line>> {
    if (lines === 0) return new Journal<Line>(path, 0, 0);
    const content = await contentOf(from);
    const bytes = endOf(content, lines);
    if (bytes === null) throw new Error(`${from}: expected at least ${lines} lines, got fewer`);
    // Told now: whoever reads them after hours of training would be too late.
    linesIn(content.toString("utf8", 0, bytes), lines, from);
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

/**
 * The lines of a journal, as many as count.
 *
 * @throws Error if the file is not there, or a line is no JSON.
 */
export async function readJournal<Line>(path: string, lines: number): Promise<Line[]> {
  return lines === 0 ? [] : linesIn<Line>(String(await contentOf(path)), lines, path);
}

async function contentOf(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new Error(`${path}: expected a file that can be read, got ${systemReason(error)}`);
  });
}

function linesIn<Line>(text: string, lines: number, path: string): Line[] {
  return text
    .split("\n", lines)
    .filter((line) => line !== "")
    .map((line, n) => {
      try {
        return JSON.parse(line) as Line;
      } catch {
        throw new Error(
          `${path}: expected JSON, got ${JSON.stringify(line.slice(0, 40))} in line ${n + 1}`,
        );
      }
    });
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

/** Puts text at a place in a file, all or nothing, and drops what lies behind it. */
async function writeAt(path: string, bytes: number, text: Uint8Array): Promise<void> {
  const file = await open(path, bytes === 0 ? "w" : "r+");
  try {
    await file.truncate(bytes);
    // A write may take a part only, such as what a full disk has room for.
    for (let done = 0; done < text.length; ) {
      done += (await file.write(text, done, text.length - done, bytes + done)).bytesWritten;
    }
    await file.sync();
  } catch (error) {
    // Half a line would trouble whoever reads the file.
    await file.truncate(bytes).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}
