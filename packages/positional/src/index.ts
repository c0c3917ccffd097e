export { positionalFromJSON } from "./from-json";
export { Learned, type LearnedOptions, learned } from "./learned";
export { Sinusoidal, type SinusoidalOptions, sinusoidal } from "./sinusoidal";
export {
  type SinusoidalLayout,
  type SinusoidalTableOptions,
  sinusoidalOf,
  sinusoidalTable,
} from "./sinusoidal-table";
