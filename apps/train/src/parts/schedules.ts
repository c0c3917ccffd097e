import { type Schedule, scheduleFromJSON } from "@tx/schedule";
import { type Part, type PartOptions, partNamed } from "./part";

/** What a schedule is made for. */
export interface ScheduleSizes {
  /** The highest rate. */
  readonly rate: number;
  readonly warmupSteps: number;
  readonly steps: number;
  readonly dModel: number;
}

/** Schedules of `@tx/schedule` with what the program gives them where no option says otherwise. */
interface SchedulePart extends Part {
  readonly kind: string;
  readonly usual: (sizes: ScheduleSizes) => Record<string, unknown>;
}

const rising = ({ rate, warmupSteps, steps }: ScheduleSizes) => ({
  ...{ peak: rate, minimum: rate / 10, warmupSteps, totalSteps: steps },
});
const minimum = "the rate at the end [a tenth of --rate]";

export const schedules: readonly SchedulePart[] = [
  {
    name: "cosine",
    says: "rises, then falls as a cosine (Loshchilov and Hutter 2017)",
    options: { minimum },
    kind: "cosine",
    usual: rising,
  },
  {
    name: "noam",
    says: "rises, then falls as 1 / √step; --rate is its highest (Vaswani et al. 2017)",
    options: { factor: "of the paper's formula [so that --rate is the highest]" },
    kind: "noam",
    usual: ({ rate, warmupSteps, dModel }) => ({
      ...{ dModel, warmupSteps, factor: rate * Math.sqrt(dModel * warmupSteps) },
    }),
  },
  { name: "constant", says: "one rate", kind: "constant", usual: ({ rate }) => ({ rate }) },
  {
    name: "linear",
    says: "rises, then falls in a straight line (Devlin et al. 2019)",
    options: { minimum },
    kind: "linear",
    usual: rising,
  },
  {
    name: "inverse-sqrt",
    says: "rises, then falls as 1 / √step (Ott et al. 2019)",
    options: { warmupInit: "the rate before the first step [0]" },
    kind: "inverseSqrt",
    usual: ({ rate, warmupSteps }) => ({ peak: rate, warmupSteps }),
  },
  {
    name: "polynomial",
    says: "rises, then falls as a power of what is left",
    options: { minimum, power: "1 is a straight line [2]" },
    kind: "polynomial",
    usual: (sizes) => ({ ...rising(sizes), power: 2 }),
  },
  {
    name: "exponential",
    says: "rises, then falls by a factor every so many steps",
    options: {
      decayRate: "the factor [0.5]",
      decaySteps: "every so many steps [a quarter of --steps]",
      staircase: "all at once [false]",
      minimum: "the lowest rate [0]",
    },
    kind: "exponential",
    usual: ({ rate, warmupSteps, steps }) => ({
      ...{
        peak: rate,
        warmupSteps,
        decayRate: 0.5,
        decaySteps: Math.max(1, Math.floor(steps / 4)),
      },
    }),
  },
  {
    name: "one-cycle",
    says: "up to the peak and down to almost nothing (Smith and Topin 2018)",
    options: {
      start: "the first rate [a 25th of --rate]",
      minimum: "the last rate [a 10000th of the first]",
      phases: "2 or 3 [2]",
      shape: '"cosine" or "linear" ["cosine"]',
    },
    kind: "oneCycle",
    usual: ({ rate, steps }) => ({ peak: rate, totalSteps: steps }),
  },
  {
    name: "cosine-restarts",
    says: "falls as a cosine again and again; without warmup (Loshchilov and Hutter 2017)",
    options: {
      minimum,
      period: "steps of the first fall [a quarter of --steps]",
      multiplier: "how much longer each next one is [1]",
    },
    kind: "cosineWarmRestarts",
    usual: ({ rate, steps }) => ({
      ...{ peak: rate, minimum: rate / 10, period: Math.max(1, Math.floor(steps / 4)) },
    }),
  },
  {
    name: "wsd",
    says: "rises, stays, and falls at the end (Hu et al. 2024)",
    options: {
      minimum,
      stableSteps: "steps at the peak [what is left]",
      decaySteps: "steps of the fall [a fifth of --steps]",
      shape: '"oneMinusSqrt", "linear" or "cosine" ["oneMinusSqrt"]',
    },
    kind: "warmupStableDecay",
    usual: ({ rate, warmupSteps, steps }) => {
      const decaySteps = Math.max(1, Math.min(steps - warmupSteps, Math.floor(steps / 5)));
      const stableSteps = Math.max(0, steps - warmupSteps - decaySteps);
      return { peak: rate, minimum: rate / 10, warmupSteps, stableSteps, decaySteps };
    },
  },
];

/** @throws RangeError if an option makes no sense. */
export function makeSchedule(name: string, sizes: ScheduleSizes, options: PartOptions): Schedule {
  const { kind, usual } = partNamed(schedules, name);
  return scheduleFromJSON({ kind, version: 1, ...usual(sizes), ...options });
}
