export interface StrictJsonOptions {
  /**
   * Whether names may be any text, as those of tensors and tokens are. Default false: "__proto__" is
   * refused, which would become the prototype of an object that it is assigned to.
   */
  readonly anyName?: boolean;
}

/**
 * JSON.parse for texts that nobody vouches for: names that come twice in one object, of which
 * JSON.parse silently takes the last, and nesting that could exhaust a parser's stack are refused.
 *
 * @param what What errors call it, such as "a header".
 * @param maxDepth Most brackets within each other.
 * @throws Error `expected …, got …`
 */
export function parseStrictJson(
  text: string,
  what: string,
  maxDepth: number,
  { anyName = false }: StrictJsonOptions = {},
): unknown {
  checkStructure(text, what, { maxDepth, anyName });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`expected ${what} in JSON, got other text`, { cause });
  }
}

/** Looks at brackets and names only; whatever is no JSON is left to JSON.parse. */
function checkStructure(
  text: string,
  what: string,
  { maxDepth, anyName }: { maxDepth: number; anyName: boolean },
): void {
  // The names met so far, of each object that is open; none for an array.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : undefined);
      if (open.length > maxDepth) {
        throw new Error(`expected ${what} of at most ${maxDepth} levels, got more`);
      }
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      const names = open.at(-1);
      if (names && isFollowedByColon(text, end)) {
        const name = addName(names, text.slice(at, end), what);
        if (name === PROTOTYPE && !anyName) {
          throw new Error(`expected ${what} of plain names, got "${PROTOTYPE}"`);
        }
      }
      at = end - 1;
    }
  }
}

const PROTOTYPE = "__proto__";

/** @returns The name; undefined if it is none, as JSON.parse of the whole will find. */
function addName(names: Set<string>, literal: string, what: string): string | undefined {
  let name: string;
  try {
    name = JSON.parse(literal);
  } catch {
    return undefined;
  }
  if (names.has(name)) {
    throw new Error(`expected ${what} with every name once, got ${brief(name)} twice`);
  }
  names.add(name);
  return name;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && " \t\n\r".includes(text[at]!)) at++;
  return text[at] === ":";
}

const MAX_SHOWN = 200;

/** A value of JSON as errors show it, however long it is. */
export function brief(value: unknown): string {
  return shortened(JSON.stringify(value) ?? "undefined");
}

/** A text as errors show it, however long it is. */
export const shortened = (text: string): string =>
  text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
