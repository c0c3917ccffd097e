export { type ConstantOptions, constant } from "./constant";
export { type CosineOptions, cosine } from "./cosine";
export { type InverseSqrtOptions, inverseSqrt } from "./inverse-sqrt";
export { type LinearOptions, linear } from "./linear";
export { type NoamOptions, noam } from "./noam";
export { type SampleOptions, sampleSchedule } from "./sample-schedule";
export type { Schedule, ScheduleConfig } from "./schedule";
export { scheduleFromJSON } from "./schedule-from-json";
export {
  type DecayShape,
  type WarmupStableDecayOptions,
  warmupStableDecay,
} from "./warmup-stable-decay";
