/**
 * The counter-based generator behind dropout: 32 bits that depend on the seed and the element's
 * index alone, so every backend drops the same elements and a gradient can draw them again
 * instead of storing them. Two rounds of the "lowbias32" finaliser family, keyed between.
 *
 * @returns An integer in [0, 2³²).
 * @see Salmon et al. 2011, Parallel Random Numbers: As Easy as 1, 2, 3, §2
 */
export function randomBits(seed: number, index: number): number {
  const first = mix(index ^ mix(seed));
  return mix(first + mix(seed + 0x9e3779b9)) >>> 0;
}

/** What a draw for one rate and seed is made from: all whole numbers of 32 bits but `kept`. */
export interface DropoutConstants {
  /** randomBits(seed, i) is mix(mix(i ^ firstKey) + secondKey). */
  readonly firstKey: number;
  readonly secondKey: number;
  /** Elements whose bits, without a sign, are below it are dropped. */
  readonly threshold: number;
  /** What the others are multiplied by, 1 / (1 − rate). */
  readonly kept: number;
}

/** For engines that draw by themselves: what does not depend on the element. */
export function dropoutConstants(rate: number, seed: number): DropoutConstants {
  return {
    firstKey: mix(seed),
    secondKey: mix(seed + 0x9e3779b9),
    threshold: Math.floor(rate * 2 ** 32),
    kept: 1 / (1 - rate),
  };
}

/** Marks the kept elements with 1 / (1 − rate), the others with 0. */
export function dropoutScales(size: number, rate: number, seed: number): Float32Array {
  const scales = new Float32Array(size);
  drawScales(scales, 0, dropoutConstants(rate, seed));
  return scales;
}

/** Fills zeros with the scales of the elements from one on. */
export function drawScales(
  scales: Float32Array,
  first: number,
  { firstKey, secondKey, threshold, kept }: DropoutConstants,
): void {
  for (let i = 0; i < scales.length; i++) {
    const bits = mix(mix((first + i) ^ firstKey) + secondKey) >>> 0;
    if (bits >= threshold) scales[i] = kept;
  }
}

function mix(x: number): number {
  let bits = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return bits ^ (bits >>> 15);
}
