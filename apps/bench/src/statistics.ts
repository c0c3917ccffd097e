export interface Statistics {
  median: number;
  min: number;
  max: number;
  /** Between which the middle half of the measurements lies. */
  quartiles: [number, number];
}

/**
 * Median, quartiles, least and greatest of some measurements.
 *
 * @throws RangeError if there are none.
 */
export function statisticsOf(measurements: readonly number[]): Statistics {
  if (measurements.length === 0) {
    throw new RangeError("measurements: expected at least one, got none");
  }
  const sorted = [...measurements].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    min: sorted[0]!,
    max: sorted.at(-1)!,
    quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
  };
}

/** Between two measurements, in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place - Math.floor(place));
}
