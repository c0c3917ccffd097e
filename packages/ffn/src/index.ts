export {
  type Activation,
  type ActivationName,
  activationOf,
  activations,
  silu,
} from "./activations";
export { FeedForward, type FeedForwardOptions } from "./feed-forward";
