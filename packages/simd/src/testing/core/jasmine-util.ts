import { engine, env } from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe } from "vitest";

// What tfjs-core's tests import of its jasmine_util, with vitest in jasmine's place and one backend.

interface TestEnvironment {
  readonly name: string;
  readonly backendName: string;
  readonly isDataSync: boolean;
}

interface Constraints {
  readonly flags?: Record<string, unknown>;
  readonly predicate?: (environment: TestEnvironment) => boolean;
}

const simd: TestEnvironment = { name: "simd", backendName: "simd", isDataSync: true };

export const ALL_ENVS: Constraints = {};
export const NODE_ENVS: Constraints = { predicate: () => true };
export const CHROME_ENVS: Constraints = { predicate: () => false };
export const BROWSER_ENVS: Constraints = { predicate: () => false };
export const SYNC_BACKEND_ENVS: Constraints = ALL_ENVS;
export const HAS_WORKER: Constraints = { predicate: () => false };
export const HAS_NODE_WORKER: Constraints = { predicate: () => false };

export function describeWithFlags(
  name: string,
  { flags = {}, predicate = () => true }: Constraints,
  tests: (environment: TestEnvironment) => void,
): void {
  const fits = Object.entries(flags).every(([flag, value]) => env().get(flag) === value);
  if (!fits || !predicate(simd)) {
    describe.skip(name, () => tests(simd));
    return;
  }
  describe(name, () => {
    // jasmine_util resets the engine, which would start the threads again for each of 400 suites; what
    // the tests look at is that neither tensors nor flags are left of an earlier suite.
    beforeAll(() => {
      Object.assign(engine().state, { numBytes: 0, numTensors: 0, numDataBuffers: 0 });
      env().setFlags({ IS_TEST: true });
    });
    beforeEach(() => {
      engine().startScope();
    });
    afterEach(() => {
      engine().endScope();
      engine().disposeVariables();
    });
    tests(simd);
  });
}
