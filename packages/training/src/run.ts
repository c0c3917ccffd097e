import type { Tensor } from "@tensorflow/tfjs-core";
import type { HostTensor, Module, Rng } from "@tx/core";
import type { Optimizer } from "./optimizer";
import type { Json } from "./plain-json";

/** Everything that changes from step to step: what a run goes on from. */
export interface Run {
  model: Module;
  /** With its number of steps, which is the schedule's place. */
  optimizer: Optimizer;
  /** Random streams by names of one's own, such as those of dropout and of shuffling. */
  random?: Readonly<Record<string, Rng>>;
  /** Tensors besides by name, such as a memory of hidden states; float32 or int32. */
  tensors?: ReadonlyMap<string, Tensor>;
  /** Where the data stand. */
  cursor?: Json;
  /** What else is to be known, such as the options that the model is made from. */
  config?: Json;
}

/** A saved run on the host. */
export interface SavedRun {
  /** What errors call it. */
  readonly name: string;
  /** Updates made. */
  readonly steps: number;
  /** The model's parameters by path. */
  readonly model: ReadonlyMap<string, HostTensor>;
  /** The optimizer's state by path. */
  readonly optimizer: ReadonlyMap<string, HostTensor>;
  /** Places of the random streams. */
  readonly random: Readonly<Record<string, number>>;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  /** As they were given; undefined if none was. */
  readonly cursor: Json | undefined;
  readonly config: Json | undefined;
}
