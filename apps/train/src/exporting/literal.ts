/** A value of JSON as code, without what is undefined: `{ heads: 2, kind: "rope" }`. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = fieldsOf(value);
  return fields === "" ? "{}" : `{ ${fields} }`;
}

/** What stands between the braces. */
export function fieldsOf(value: object): string {
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(
      ([key, inner]) =>
        `${/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)}: ${literal(inner)}`,
    )
    .join(", ");
}
