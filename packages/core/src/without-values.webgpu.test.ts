import { add, clone, tensor, tidy } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { ones } from "./initializers";
import { parameter } from "./parameter";
import { withoutValues } from "./without-values";

test("a variable without values refuses to be read, and takes them on", () =>
  expectNoLeak(async () => {
    const made = withoutValues(() => parameter([3], ones));
    expect(() => tidy(() => clone(made))).toThrow(/expected values, got none/);
    expect(() => tidy(() => add(made, 1))).toThrow(/expected values, got none/);
    await expect(made.data()).rejects.toThrow(/expected values, got none/);
    tidy(() => made.assign(tensor([1, 2, 3])));
    await expectClose(made, [1, 2, 3]);
    made.dispose();
  }));
