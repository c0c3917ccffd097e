import { engine, ready, setBackend } from "@tensorflow/tfjs-core";
import { expect, it, vi } from "vitest";
import { configureSimd } from "../../index";

// Two threads also where there is one core.
if (engine().registry.simd === undefined) configureSimd({ threads: 2 });
await setBackend("simd");
await ready();

// What the tests use of jasmine beyond what vitest has under the same name.
expect.extend({ nothing: () => ({ pass: true, message: () => "" }) });
Object.assign(globalThis, {
  spyOn: (object: Console, method: "warn") => vi.spyOn(object, method).mockReturnValue(),
  jasmine: { DEFAULT_TIMEOUT_INTERVAL: 30_000 },
  expectAsync: (promise: Promise<unknown>) => ({
    toBeRejectedWithError: (message?: string) => expect(promise).rejects.toThrow(message),
  }),
});

type Done = (() => void) & { fail: (error?: unknown) => void };
type JasmineTest = (done?: Done) => unknown;

/** A test that says by a callback when it is done, as one that returns a promise. */
function promised(test: JasmineTest): () => unknown {
  if (test.length === 0) return test;
  return () =>
    new Promise<void>((resolve, reject) => {
      test(Object.assign(() => resolve(), { fail: reject }));
    });
}

// jasmine hands a test that callback; vitest no longer does.
Object.assign(globalThis, {
  it: Object.assign((name: string, test: JasmineTest) => it(name, promised(test)), it),
});
