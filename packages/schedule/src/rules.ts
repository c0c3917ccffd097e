import { number, positive, whole } from "./check";

// The options that several schedules share.

export const peak = ["peak", positive] as const;

export const minimum = ["minimum", number, 0, 0, "peak"] as const;

/** Where a schedule may begin at its peak. */
export const warmupSteps = ["warmupSteps", whole, 0, 0, "totalSteps"] as const;

export const totalSteps = ["totalSteps", whole, 1] as const;
