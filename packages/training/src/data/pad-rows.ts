import { checkCount } from "@tx/core";
import type { IntRows } from "./int-rows";
import { asInt32, type TokenList } from "./token-list";

export interface PadOptions {
  /** What the places without a token hold. Default 0. */
  readonly padId?: number;
  /** Where the padding goes. Default "right"; "left" for rows that generation goes on from. */
  readonly side?: "right" | "left";
  /** The rows are made so long that they are a multiple of this. Default 1: as the longest. */
  readonly multipleOf?: number;
}

/** Sequences of different lengths in rows of one. */
export interface PaddedRows {
  readonly tokens: IntRows;
  /** Tokens of each row, padding not counted: what `padding` of @tx/attention takes. */
  readonly lengths: Int32Array;
  /** 1 where a token is, 0 where padding is; as bool it is the `keys` of a mask. */
  readonly visible: IntRows;
}

/**
 * Pads sequences to the longest of them.
 *
 * @param sequences At least one; a sequence may be empty.
 * @throws RangeError if there is none, all are empty, an id is no whole number or an option is none of
 * those above.
 */
export function padRows(sequences: readonly TokenList[], options: PadOptions = {}): PaddedRows {
  checkPadOptions(options);
  const { padId = 0, side = "right", multipleOf = 1 } = options;
  const lists = sequences.map((sequence, n) => asInt32(`sequences[${n}]`, sequence));
  checkCount("sequences", lists.length);
  const lengths = Int32Array.from(lists, ({ length }) => length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  checkCount("longest sequence", longest);
  const columns = Math.ceil(longest / multipleOf) * multipleOf;
  const shape = [lists.length, columns] as const;
  const tokens = new Int32Array(lists.length * columns).fill(padId);
  const visible = new Int32Array(lists.length * columns);
  for (const [row, list] of lists.entries()) {
    const from = row * columns + (side === "left" ? columns - list.length : 0);
    tokens.set(list, from);
    visible.fill(1, from, from + list.length);
  }
  return { tokens: { values: tokens, shape }, lengths, visible: { values: visible, shape } };
}

/** @throws RangeError if an option is none of those above. */
export function checkPadOptions({ padId = 0, side = "right", multipleOf = 1 }: PadOptions): void {
  asInt32("padId", [padId]);
  checkCount("multipleOf", multipleOf);
  if (side !== "right" && side !== "left") {
    throw new RangeError(`side: expected right or left, got ${side}`);
  }
}
