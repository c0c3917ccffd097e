/** A whole number below n. */
type Draw = (n: number) => number;

const VALUES = [
  ...["0", "-0", "-1", "0.5", "1e308", "1e400", "2147483648", "4294967296", "9007199254740991"],
  ...["9007199254740992", "-9007199254740991", "null", "true", "false", '""', '"4"', "[]", "{}"],
  ...['"__proto__"', '"constructor"', '"toString"', '"../../etc/passwd"', '"\\u0000"', '"\\ud800"'],
  ...[`"${"x".repeat(500)}"`, `${"[".repeat(40)}${"]".repeat(40)}`, '{"kind":"__proto__"}'],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}'],
];
const NAMES = ["__proto__", "constructor", "prototype", "toString", "valueOf", "length", "", "0"];
const PIECES = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "[".repeat(20_000),
  '{"a":'.repeat(20_000),
];

/** An object's entry or a list's element. */
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly name: string;
}

/**
 * A text like this one, of somebody who means harm: values of other kinds and of no reason, names that
 * objects have by themselves, names left out, added and doubled, and no JSON at all.
 *
 * @param draw Gives a whole number below another.
 */
export function hostileJson(text: string, draw: Draw): string {
  const pick = <T>(from: readonly T[]): T => from[draw(from.length)]!;
  if (draw(8) === 0) {
    const at = draw(text.length);
    return `${text.slice(0, at)}${pick(PIECES)}${text.slice(at + draw(2))}`;
  }
  const root: { value: unknown } = { value: JSON.parse(text) };
  for (let n = draw(3); n >= 0; n--) {
    const places = placesIn(root, []);
    if (places.length > 0) change(pick(places), draw);
  }
  const changed = JSON.stringify(root.value) ?? "null";
  return draw(8) === 0 ? doubled(changed, draw) : changed;
}

function change({ holder, name }: Place, draw: Draw): void {
  const value = (holder as Record<string, unknown>)[name];
  const put = (at: string, what: unknown) =>
    // As JSON.parse does it: an own property, whatever its name.
    Object.defineProperty(holder, at, { value: what, ...open });
  const what = draw(6);
  if (what === 0) delete (holder as Record<string, unknown>)[name];
  else if (what === 1 && !Array.isArray(holder)) put(NAMES[draw(NAMES.length)]!, value);
  else if (what === 2) put(name, [value]);
  else if (what === 3 && typeof value === "number")
    put(name, value * (draw(2) ? 1e6 : -1) + draw(3));
  else put(name, JSON.parse(VALUES[draw(VALUES.length)]!));
}

const open = { writable: true, enumerable: true, configurable: true };

function placesIn(holder: object, found: Place[]): Place[] {
  for (const [name, value] of Object.entries(holder)) {
    found.push({ holder: holder as Place["holder"], name });
    if (typeof value === "object" && value !== null) placesIn(value, found);
  }
  return found;
}

/** With one of its names once more. */
function doubled(text: string, draw: Draw): string {
  const names = [...text.matchAll(/"[^"\\]*":/g)];
  if (names.length === 0) return text;
  const match = names[draw(names.length)]!;
  return `${text.slice(0, match.index)}${match[0]}1,${text.slice(match.index)}`;
}

/** The names that every object has of late: those that were put into what all objects share. */
export function sharedNames(): string[] {
  const names: string[] = [];
  for (const name in {}) names.push(name);
  return names;
}
