import { engine, ready, setBackend } from "@tensorflow/tfjs-core";
import { expect, vi } from "vitest";
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
