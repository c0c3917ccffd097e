import { type KernelFunc, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { NativeBackend } from "./native";

/** What a kernel gets: its tensors by name, and its attributes. */
interface Call<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: NativeBackend;
}

/** A kernel made of several operations, which leaves nothing behind but its result. */
export function composed<Inputs, Attributes>(
  body: (call: Call<Inputs, Attributes>) => Tensor | Tensor[],
): KernelFunc {
  return (call) => tidy(() => body(call as unknown as Call<Inputs, Attributes>));
}
