/** Token ids on the host: an array of numbers or a typed array. */
export type TokenList = ArrayLike<number> & Iterable<number>;

/**
 * The ids as int32. An Int32Array is given back itself and not a copy.
 *
 * @throws RangeError if one is no whole number of 32 bits.
 */
export function asInt32(name: string, ids: TokenList): Int32Array {
  if (ids instanceof Int32Array) return ids;
  const copy = Int32Array.from(ids);
  for (let i = 0; i < copy.length; i++) {
    if (copy[i] !== ids[i]) {
      throw new RangeError(`${name}: expected whole numbers of 32 bits, got ${ids[i]}`);
    }
  }
  return copy;
}
