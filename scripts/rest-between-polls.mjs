/**
 * Dawn under Node asks again and again, by setImmediate, whether the GPU is done. Where the GPU is
 * emulated that takes the very core that it computes on: with this a process sleeps between two times.
 * It comes by --import, in what `swiftShaderEnvironment` of swiftshader.mjs gives.
 */
const MILLISECONDS = 0.3;

const { setImmediate } = globalThis;
const never = new Int32Array(new SharedArrayBuffer(4));
/** Dawn's callbacks are, and hardly any other. */
const isNative = (f) => Function.prototype.toString.call(f).includes("[native code]");

globalThis.setImmediate = Object.assign((callback, ...args) => {
  if (typeof callback !== "function" || !isNative(callback)) return setImmediate(callback, ...args);
  return setImmediate(() => {
    Atomics.wait(never, 0, 0, MILLISECONDS);
    callback(...args);
  });
}, setImmediate);
