/**
 * vitest's projects in two lanes, which run side by side: what needs no GPU, and what waits for the
 * emulated one, in Node and in pages. By their names, each in one lane, as a test sees to: of several
 * patterns that leave something out, vitest 4.1.12 takes all that one of them leaves in.
 */
export const lanes = {
  others: ["cpu", "wasm", "simd", "layers", "tensorflow"],
  emulated: ["webgpu*", "browser", "page*"],
};
