/** What JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/**
 * A value as JSON text.
 *
 * @param name What errors call it.
 * @throws RangeError that names the first part which would not come back as it was, such as NaN,
 *   undefined or a Date.
 */
export function plainJson(name: string, value: unknown): string {
  checkPlain(name, value);
  return JSON.stringify(value);
}

function checkPlain(name: string, value: unknown): void {
  if (value === null || typeof value === "boolean" || typeof value === "string") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const [n, part] of value.entries()) checkPlain(`${name}[${n}]`, part);
    return;
  }
  if (isPlainObject(value)) {
    for (const [key, part] of Object.entries(value)) checkPlain(`${name}.${key}`, part);
    return;
  }
  throw new RangeError(`${name}: expected plain JSON, got ${described(value)}`);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const described = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? `an object of ${value.constructor?.name ?? "its own kind"}`
    : typeof value === "function"
      ? "a function"
      : String(value);
