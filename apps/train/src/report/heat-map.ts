import { encode } from "fast-png";
import { escaped } from "./html";

/** A matrix as a picture that lets the page shine through where it is 0, so that it suits light and dark. */
function pictureOf(rows: readonly (readonly (number | null)[])[], most: number): string {
  const [height, width] = [rows.length, rows[0]!.length];
  const data = new Uint8Array(4 * width * height);
  for (const [y, row] of rows.entries()) {
    for (const [x, value] of row.entries()) {
      if (value === null || most === 0) continue;
      const [r, g, b] = value < 0 ? blue : orange;
      const alpha = Math.round(255 * Math.min(1, Math.abs(value) / most));
      data.set([r, g, b, alpha], 4 * (y * width + x));
    }
  }
  const png = encode({ width, height, data, channels: 4, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/** Colours that stand out on white and on dark alike. */
const orange = [226, 104, 20] as const;
const blue = [40, 120, 210] as const;

/** The largest number of a matrix by size: where its colours end. */
const mostOf = (rows: readonly (readonly (number | null)[])[]) =>
  rows.reduce(
    (most, row) => row.reduce<number>((so, v) => Math.max(so, Math.abs(v ?? 0)), most),
    0,
  );

/** A small map: orange above 0, blue below, up to its largest number. */
export function smallMap(title: string, rows: readonly (readonly (number | null)[])[]): string {
  const most = mostOf(rows);
  const range = most === 0 ? "all 0" : `to ${Number(most.toPrecision(2))}`;
  return `<div class="map">${escaped(title)} <span title="where colours end">(${range})</span><img alt="${escaped(title)}" src="${pictureOf(rows, most)}"></div>`;
}

/** A large map with labels at both sides: at the left of the rows, above the columns. */
export function labelledMap(
  title: string,
  rows: readonly (readonly (number | null)[])[],
  labels: { readonly rows: readonly string[]; readonly columns: readonly string[] },
): string {
  const short = (label: string) => visible(label).slice(0, 8);
  const [left, above] = [labels.rows.map(short), labels.columns.map(short)];
  const cell = 12;
  const margin = 6 + 6 * Math.max(...[...left, ...above].map((label) => label.length));
  const [width, height] = [cell * above.length, cell * left.length];
  const middle = (n: number) => margin + cell * (n + 0.5);
  const down = left.map(
    (label, n) =>
      `<text x="${margin - 4}" y="${middle(n) + 3}" text-anchor="end">${escaped(label)}</text>`,
  );
  const across = above.map(
    (label, n) =>
      `<text transform="translate(${middle(n) + 3} ${margin - 4}) rotate(-90)">${escaped(label)}</text>`,
  );
  const image = `<image x="${margin}" y="${margin}" width="${width}" height="${height}" preserveAspectRatio="none" href="${pictureOf(rows, mostOf(rows))}"/>`;
  return `<div class="map">${escaped(title)}<svg viewBox="0 0 ${margin + width} ${margin + height}" role="img" aria-label="${escaped(title)}">${image}${down.join("")}${across.join("")}</svg></div>`;
}

/** Spaces and new lines as something that is seen. */
const visible = (label: string) => label.replaceAll("\n", "⏎").replaceAll(" ", "␣");
