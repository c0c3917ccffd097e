import type { PlainTable } from "./plot-table";
import { Scrolling } from "./scrolling";

/** A table that scrolls by itself where it is wider than its place; so it takes the focus. */
export function DataTable({ caption, columns, rows }: PlainTable & { caption: string }) {
  const sides = columns.map((_, n) => (rows.some((row) => isWords(row[n]!)) ? "words" : ""));
  return (
    <Scrolling label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, n) => (
              <th scope="col" key={n} class={sides[n]}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells], n) => (
            <tr key={n}>
              <th scope="row">{name}</th>
              {cells.map((cell, at) => (
                <td key={at} class={sides[at + 1]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** Numbers stand below each other's ends, words below each other's beginnings. */
const isWords = (cell: string) => cell !== "" && !/^[\d−–-]/.test(cell);
