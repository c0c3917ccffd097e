export {
  type Activation,
  type ActivationName,
  activationOf,
  activations,
  silu,
} from "./activations";
export { FeedForward, type FeedForwardOptions } from "./feed-forward";
export {
  GatedFeedForward,
  type GatedFeedForwardOptions,
  gatedWidth,
} from "./gated-feed-forward";
export { mish } from "./mish";
export {
  type Expert,
  type ExpertModule,
  type ExpertOptions,
  expertCapacity,
  MixtureOfExperts,
  type MixtureOfExpertsOptions,
  type MixtureOutput,
  mixtureOfExperts,
} from "./mixture-of-experts";
export { type RouterLosses, type Routing, type RoutingOptions, routeTokens } from "./routing";
