/** Every backend by the name that {@link useBackend} knows, with a line for a `--help`. */
export const backendNames = {
  auto: "webgpu on a real GPU, else the fastest CPU backend installed",
  webgpu: "any vendor's GPU: in Node through Dawn (npm webgpu), in browsers that have WebGPU",
  simd: "the CPU with WebAssembly SIMD and threads (@tx/simd), in Node and browsers",
  "node-gpu": "an NVIDIA GPU in Node through TensorFlow, CUDA 11.2 and cuDNN 8.1",
  node: "the CPU in Node through TensorFlow's native library",
  wasm: "the CPU with TensorFlow.js's own WebAssembly, in Node and browsers",
  webgl: "a GPU in browsers without WebGPU",
  cpu: "plain JavaScript, anywhere; slow",
} as const;

export type BackendName = keyof typeof backendNames;

/** @throws RangeError, listing the names, if this is none of them. */
export function checkBackendName(name: string): asserts name is BackendName {
  if (!Object.hasOwn(backendNames, name)) {
    const names = Object.keys(backendNames).join(", ");
    throw new RangeError(`backend: expected one of ${names}, got ${JSON.stringify(name)}`);
  }
}
