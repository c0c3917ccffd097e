import type { Side } from "@tx/core";

/** @throws RangeError if a row's position, where rows follow one another, is not from 0 to maxLen − 1. */
export function checkPositions({ start, len }: Side, maxLen: number): void {
  if (start < 0 || start + len > maxLen) {
    throw new RangeError(
      `position: expected 0 to ${maxLen - 1} (maxLen ${maxLen}), got ${start} to ${start + len - 1}`,
    );
  }
}
