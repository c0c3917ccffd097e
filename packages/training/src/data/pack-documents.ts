import { checkCount } from "@tx/core";
import { firstFitDecreasing, nextFit, type Placement } from "./first-fit";
import type { IntRows } from "./int-rows";
import { asInt32, type TokenList } from "./token-list";

const placements = { firstFitDecreasing, inOrder: nextFit } as const satisfies Record<
  string,
  Placement
>;

export interface PackOptions {
  /** Tokens of a row. */
  readonly rowLength: number;
  /**
   * "firstFitDecreasing" (the default): few rows, and no order. "inOrder": a document that does not fit
   * begins a new row, so documents stay in order and more is padded.
   */
  readonly placement?: keyof typeof placements;
  /**
   * Documents longer than a row: "refuse" (the default), or "split" into pieces of a row's length and
   * a rest, each of which counts as a document of its own.
   */
  readonly tooLong?: "refuse" | "split";
  /** What the places without a token hold. Default 0. */
  readonly padId?: number;
  /** The label of places that predict nothing. Default -100. */
  readonly ignoreIndex?: number;
}

/** What lies somewhere in a row: a document, or a piece of one. */
export interface PackedPiece {
  /** Number of the document among those given. */
  readonly document: number;
  /** The piece's first token within it. */
  readonly from: number;
  readonly length: number;
}

/** Documents in rows of one length, all [rows, rowLength]. */
export interface PackedRows {
  readonly tokens: IntRows;
  /**
   * The number of each token's document within its row, from 0; the padding counts as one more. A
   * tensor of it is what `documentsFromIds` of @tx/attention takes.
   */
  readonly documents: IntRows;
  /** Positions from 0 in each document and in the padding: `documentPositions` of @tx/positional. */
  readonly positions: IntRows;
  /** The next token of the same document; ignoreIndex for the last of each and for padding. */
  readonly labels: IntRows;
  /** What lies in each row, from left to right. */
  readonly pieces: readonly (readonly PackedPiece[])[];
}

/**
 * Packs documents of different lengths into rows, so that little is padded. With the mask of
 * `documents` and with `positions`, each is computed as if it were alone.
 *
 * @param documents None of them empty.
 * @throws RangeError if there are no documents or an empty one, one is longer than a row and not to be
 * split, an id is no whole number, or an option is none of those above.
 * @see Krell et al. 2021, Efficient Sequence Packing without Cross-contamination,
 * https://arxiv.org/abs/2107.02027
 */
export function packDocuments(
  documents: readonly TokenList[],
  { rowLength, placement = "firstFitDecreasing", tooLong = "refuse", ...ids }: PackOptions,
): PackedRows {
  checkCount("rowLength", rowLength);
  checkCount("documents", documents.length);
  checkWord("placement", placement, Object.keys(placements));
  checkWord("tooLong", tooLong, ["refuse", "split"]);
  const { padId = 0, ignoreIndex = -100 } = ids;
  asInt32("padId", [padId]);
  asInt32("ignoreIndex", [ignoreIndex]);
  const lists = documents.map((document, n) => asInt32(`documents[${n}]`, document));
  const pieces = lists.flatMap(({ length }, document) => {
    checkCount(`documents[${document}].length`, length);
    if (length > rowLength && tooLong === "refuse") {
      throw new RangeError(
        `documents[${document}]: expected at most rowLength=${rowLength} tokens, got ${length}`,
      );
    }
    return piecesOf(document, length, rowLength);
  });
  const places = placements[placement](
    pieces.map(({ length }) => length),
    rowLength,
  );
  const rows = places.reduce((most, row) => Math.max(most, row + 1), 0);
  const byRow = Array.from({ length: rows }, (): PackedPiece[] => []);
  for (const [n, piece] of pieces.entries()) byRow[places[n]!]!.push(piece);
  return layOut(lists, byRow, rowLength, padId, ignoreIndex);
}

const piecesOf = (document: number, length: number, rowLength: number): PackedPiece[] =>
  Array.from({ length: Math.ceil(length / rowLength) }, (_, n) => {
    const from = n * rowLength;
    return { document, from, length: Math.min(rowLength, length - from) };
  });

function layOut(
  lists: readonly Int32Array[],
  pieces: readonly (readonly PackedPiece[])[],
  rowLength: number,
  padId: number,
  ignoreIndex: number,
): PackedRows {
  const shape = [pieces.length, rowLength] as const;
  const filled = (value: number) => new Int32Array(pieces.length * rowLength).fill(value);
  const [tokens, documents, positions, labels] = [padId, 0, 0, ignoreIndex].map(filled) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (const [row, inRow] of pieces.entries()) {
    const end = (row + 1) * rowLength;
    let at = row * rowLength;
    for (const [number, { document, from, length }] of inRow.entries()) {
      const ids = lists[document]!.subarray(from, from + length);
      tokens.set(ids, at);
      labels.set(ids.subarray(1), at);
      documents.fill(number, at, at + length);
      for (let n = 0; n < length; n++) positions[at + n] = n;
      at += length;
    }
    documents.fill(inRow.length, at, end);
    for (let n = 0; at + n < end; n++) positions[at + n] = n;
  }
  const rows = (values: Int32Array): IntRows => ({ values, shape });
  return {
    tokens: rows(tokens),
    documents: rows(documents),
    positions: rows(positions),
    labels: rows(labels),
    pieces,
  };
}

function checkWord(name: string, got: string, known: readonly string[]): void {
  if (!known.includes(got)) {
    throw new RangeError(`${name}: expected one of ${known.join(", ")}, got ${got}`);
  }
}
