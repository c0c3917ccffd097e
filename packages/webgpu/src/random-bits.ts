import { dropoutConstants } from "@tx/ops";
import type { Uniform } from "./backend";
import { float, uint } from "./program";

/** `dropoutScale(index)`: 1 / (1 − rate) for an element that is kept, else 0; as @tx/ops draws it. */
export const RANDOM_BITS = `
fn mixed(x: u32) -> u32 {
  var bits = (x ^ (x >> 16u)) * 0x21f0aaadu;
  bits = (bits ^ (bits >> 15u)) * 0x735a2d97u;
  return bits ^ (bits >> 15u);
}
fn dropoutScale(index: u32) -> f32 {
  let bits = mixed(mixed(index ^ uniforms.firstKey) + uniforms.secondKey);
  return select(0.0, uniforms.kept, bits >= uniforms.threshold);
}`;

/** The uniforms that `dropoutScale` reads. */
export function randomUniforms(rate: number, seed: number): Record<string, Uniform> {
  const { firstKey, secondKey, threshold, kept } = dropoutConstants(rate, seed);
  return {
    firstKey: uint(firstKey),
    secondKey: uint(secondKey),
    threshold: uint(threshold),
    kept: float(kept),
  };
}
