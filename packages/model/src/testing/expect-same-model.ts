import { stateOf } from "@tx/core";
import { expectClose } from "@tx/testing";
import { expect } from "vitest";
import type { ConfiguredModel } from "../index";

/** The same config and, bit for bit, the same variables. */
export async function expectSameModel(got: ConfiguredModel, wanted: ConfiguredModel) {
  expect(got.config).toEqual(wanted.config);
  const [own, others] = [stateOf(got), stateOf(wanted)];
  expect([...own.keys()]).toEqual([...others.keys()]);
  for (const [path, variable] of own) {
    await expectClose(variable, others.get(path)!, { rtol: 0, atol: 0 });
  }
}
