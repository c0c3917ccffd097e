/** @throws RangeError if eps is not a positive number. */
export function checkEps(eps: number): void {
  if (!(eps > 0)) throw new RangeError(`eps: expected a positive number, got ${eps}`);
}
