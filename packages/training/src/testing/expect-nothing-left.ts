import { engine } from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { expect } from "vitest";

/** Fails if the body leaves a tensor, or tfjs's tape, scopes or depths other than it found them. */
export async function expectNothingLeft(body: () => unknown): Promise<void> {
  const states = () => {
    const { activeTape, gradientDepth, kernelDepth, scopeStack } = engine().state;
    return [activeTape ?? null, gradientDepth, kernelDepth, scopeStack.length] as const;
  };
  const [tape, ...depths] = states();
  await expectNoLeak(body);
  const [tapeAfter, ...depthsAfter] = states();
  expect(depthsAfter).toEqual(depths);
  expect(tapeAfter).toBe(tape);
}
