/**
 * The height above the lower of two rates, as a share of what lies between them, by how far away they
 * are: the shares of the way to the lower and to the higher one, which add up to 1.
 */
export type Curve = (toLower: number, toHigher: number) => number;

export const linear: Curve = (toLower) => toLower;

/** Half a cosine. */
export const cosine: Curve = (_, toHigher) => (1 + Math.cos(Math.PI * toHigher)) / 2;

export const oneMinusSqrt: Curve = (_, toHigher) => 1 - Math.sqrt(toHigher);

/** A step, the rate there, and the curve that leads to it: a straight line if none is given. */
export type Turn = readonly [step: number, rate: number, curve?: Curve];

/** The rate that begins at the start in step 0, goes from turn to turn and stays at the last. */
export function through(start: number, turns: readonly Turn[]): (step: number) => number {
  return (step) => {
    let [since, from] = [0, start];
    for (const [until, to, curve = linear] of turns) {
      if (step < until) {
        const [done, ahead] = [step - since, until - step].map((part) => part / (until - since));
        // From the lower rate up, so that no digits are lost near it.
        const height = to > from ? curve(done!, ahead!) : curve(ahead!, done!);
        return Math.min(from, to) * (1 - height) + Math.max(from, to) * height;
      }
      [since, from] = [until, to];
    }
    return from;
  };
}
