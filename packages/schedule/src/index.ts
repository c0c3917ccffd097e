export { type ConstantOptions, constant } from "./constant";
export { type CosineOptions, cosine } from "./cosine";
export { type CosineWarmRestartsOptions, cosineWarmRestarts } from "./cosine-warm-restarts";
export type { DecayOptions } from "./decay";
export { type ExponentialOptions, exponential } from "./exponential";
export { type InverseSqrtOptions, inverseSqrt } from "./inverse-sqrt";
export { type LinearOptions, linear } from "./linear";
export { type NoamOptions, noam } from "./noam";
export { type CycleShape, type OneCycleOptions, oneCycle } from "./one-cycle";
export { type PolynomialOptions, polynomial } from "./polynomial";
export { type SampleOptions, sampleSchedule } from "./sample-schedule";
export { scale } from "./scale";
export type { Schedule, ScheduleConfig, ScheduleOption } from "./schedule";
export { scheduleFromJSON } from "./schedule-from-json";
export { sequence } from "./sequence";
export { type WarmupOptions, warmup } from "./warmup";
export {
  type DecayShape,
  type WarmupStableDecayOptions,
  warmupStableDecay,
} from "./warmup-stable-decay";
