/**
 * The height above the lower of two rates, as a share of what lies between them, by how far away they
 * are: the shares of the way to the lower and to the higher one, which add up to 1.
 */
type Curve = (toLower: number, toHigher: number) => number;

export const curves = {
  linear: (toLower: number) => toLower,
  /** Half a cosine. */
  cosine: (_: number, toHigher: number) => (1 + Math.cos(Math.PI * toHigher)) / 2,
  oneMinusSqrt: (_: number, toHigher: number) => 1 - Math.sqrt(toHigher),
};

/** A step, the rate there, and the curve that leads to it: a straight line if none is given. */
type Turn = readonly [step: number, rate: number, curve?: Curve];

/** The rate that goes from 0 in step 0 to the turns, one after the other, and stays at the last. */
export const through =
  (...turns: readonly Turn[]) =>
  (step: number): number => {
    let since = 0;
    let from = 0;
    for (const [until, to, curve = curves.linear] of turns) {
      if (step < until) {
        const length = until - since;
        const done = (step - since) / length;
        const ahead = (until - step) / length;
        return to > from
          ? between(from, to, curve(done, ahead))
          : between(to, from, curve(ahead, done));
      }
      since = until;
      from = to;
    }
    return from;
  };

/** From the lower rate up, so that no digits are lost near it. */
const between = (lower: number, higher: number, height: number) =>
  lower * (1 - height) + higher * height;
