import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { engine } from "@tensorflow/tfjs-core";
import { shown } from "./show";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..", "..");

/** The page that is made. */
export const pageFile = join(root, "docs", "the-transformer-walked.md");

/** Code, and what was made of it the time before. */
const PIECES = /```ts\n([\s\S]*?)```\n(?:\n<!-- made by running it -->\n[\s\S]*?<!-- end -->\n)?/g;

/** A line of ours that the page quotes: a link to its file, a colon, the line. */
const QUOTES = /\[`[^`]+`\]\(\.\.\/(packages\/[^)]+)\):\s+`([^`]+)`/g;

/**
 * The page with each piece of its code followed by what that shows. All pieces are one program, run
 * in order on the backend that is active.
 *
 * @throws Error if a piece of code does, or a line that is quoted is not in its file.
 */
export async function walked(page: string): Promise<string> {
  checkQuotes(page);
  const pieces = [...page.matchAll(PIECES)].map(([, code = ""]) => code);
  const program = [
    'import { agree, matrix, nextPiece, show } from "../show";',
    ...pieces.map((code) => `nextPiece();\n${code}`),
  ].join("\n");
  // Beside this file, so that imports are resolved as its own; another one each time, since a module
  // runs only once.
  const folder = mkdtempSync(join(here, ".program-"));
  shown.length = 0;
  engine().startScope();
  try {
    const file = join(folder, "program.ts");
    writeFileSync(file, program);
    await import(/* @vite-ignore */ pathToFileURL(file).href);
  } finally {
    engine().endScope();
    rmSync(folder, { recursive: true });
  }
  let piece = 0;
  return page.replace(PIECES, (_, code: string) => {
    const made = shown[piece++];
    const block = `\`\`\`ts\n${code}\`\`\`\n`;
    return made ? `${block}\n<!-- made by running it -->\n\n${made}\n\n<!-- end -->\n` : block;
  });
}

function checkQuotes(page: string): void {
  for (const [, file = "", line = ""] of page.matchAll(QUOTES)) {
    if (readFileSync(join(root, file), "utf8").includes(line)) continue;
    throw new Error(`the page: expected a line of ${file}, got ${line}`);
  }
}
