import type { Tensor } from "@tensorflow/tfjs-core";

/** Axes by their sizes, which all differ, so that a size tells which axis it is. */
const axes = new Map([
  [1, "1"],
  [2, "batch"],
  [3, "heads"],
  [4, "headDim"],
  [5, "source"],
  [6, "target"],
  [12, "dModel"],
  [17, "vocab"],
  [20, "dFF"],
]);

/** What each piece of code has shown, one Markdown text a piece. */
export const shown: string[] = [];

/** Begins the next piece of code. */
export function nextPiece(): void {
  shown.push("");
}

/**
 * Shows tensors by name: axes, shape and first numbers.
 *
 * @param names Names of the axes, where sizes do not tell them.
 */
export function show(tensors: Record<string, Tensor>, names?: string): void {
  const rows = Object.entries(tensors).map(([name, tensor]) => [
    `\`${name}\``,
    names ?? tensor.shape.map((size) => axes.get(size) ?? expected(name, size)).join(", "),
    `[${tensor.shape.join(", ")}]`,
    firstOf(tensor),
  ]);
  add(table(["name", "axes", "shape", "begins with"], rows, ["left", "left", "left", "left"]));
}

/** Shows a matrix within a tensor, at the given indices of the axes before its last two. */
export function matrix(
  title: string,
  tensor: Tensor,
  at: readonly number[] = [],
  heads?: { rows: readonly (string | number)[]; columns: readonly (string | number)[] },
): void {
  const [height, width] = tensor.shape.slice(-2) as [number, number];
  const start = at.reduce((index, n, axis) => index * tensor.shape[axis]! + n, 0) * height * width;
  const numbers = [...tensor.dataSync()].slice(start, start + height * width);
  const rows = Array.from({ length: height }, (_, row) => [
    `**${heads?.rows[row] ?? row}**`,
    ...numbers.slice(row * width, (row + 1) * width).map(rounded),
  ]);
  const columns = Array.from(
    { length: width },
    (_, column) => `${heads?.columns[column] ?? column}`,
  );
  add(table([title, ...columns], rows, ["left", ...columns.map(() => "right" as const)]));
}

/** Says that two tensors are the same, up to rounding, where `visible` is true; or throws. */
export function agree(a: Tensor, b: Tensor, visible?: Tensor): void {
  if (String(a.shape) !== String(b.shape)) {
    throw new RangeError(`agree: expected [${a.shape}], got [${b.shape}]`);
  }
  const [left, right, places] = [a.dataSync(), b.dataSync(), visible?.dataSync()];
  const width = left.length / (places?.length ?? 1);
  for (let n = 0; n < left.length; n++) {
    if (places && !places[Math.floor(n / width)]) continue;
    if (!(Math.abs(left[n]! - right[n]!) < 1e-5)) {
      throw new RangeError(`agree: expected ${left[n]} at ${n}, got ${right[n]}`);
    }
  }
  add(`✓ both are the same${visible ? " at every place that is no padding" : ""}`);
}

function expected(name: string, size: number): never {
  throw new RangeError(`${name}: expected sizes of ${[...axes.keys()].join(", ")}, got ${size}`);
}

function firstOf(tensor: Tensor): string {
  const numbers = [...tensor.dataSync()];
  if (tensor.dtype === "bool") return numbers.slice(0, 5).map(Boolean).join(", ");
  return numbers
    .slice(0, tensor.dtype === "int32" ? 6 : 4)
    .map(tensor.dtype === "int32" ? String : rounded)
    .join(", ");
}

function rounded(number: number): string {
  if (Number.isInteger(number) && Math.abs(number) > 1e6)
    return number.toExponential(0).replace("-", "−").replace("e+", "e");
  const text = number.toFixed(2);
  return (Number(text) === 0 ? "0.00" : text).replace("-", "−");
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  sides: readonly ("left" | "right")[],
): string {
  const widths = head.map((cell, n) =>
    Math.max(3, cell.length, ...rows.map((row) => row[n]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, n) => (sides[n] === "left" ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join(" | ")} |`;
  const rule = widths.map((width, n) =>
    sides[n] === "left" ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

function add(text: string): void {
  const last = shown.length - 1;
  shown[last] = shown[last] ? `${shown[last]}\n\n${text}` : text;
}
