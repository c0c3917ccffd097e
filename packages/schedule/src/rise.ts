type Rate = (step: number) => number;

/** A straight line from one rate in step 0 to another after so many steps, then what comes after. */
export const rise =
  (steps: number, from: number, to: number, after: Rate): Rate =>
  (step) =>
    step < steps ? from + ((to - from) * step) / steps : after(step);
