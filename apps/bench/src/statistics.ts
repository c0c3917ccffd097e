export interface Statistics {
  median: number;
  min: number;
  max: number;
}

/**
 * Median, least and greatest of some measurements.
 *
 * @throws RangeError if there are none.
 */
export function statisticsOf(measurements: readonly number[]): Statistics {
  if (measurements.length === 0) {
    throw new RangeError("measurements: expected at least one, got none");
  }
  const sorted = [...measurements].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted[sorted.length - 1]! };
}
