import { expect, test } from "vitest";
import { type Migration, migrated } from "./migrated";

// Version 2 calls the width dModel, version 3 counts heads instead of telling their width.
const steps: Migration[] = [
  ({ width, ...rest }) => ({ ...rest, dModel: width }),
  ({ headDim, ...rest }) => ({
    ...rest,
    heads: (rest.dModel as number) / (headDim as number),
  }),
];

test("lifts a value through every step from its own version on", () => {
  const newest = { kind: "gpt", version: 3, dModel: 6, heads: 2 };
  expect(migrated({ kind: "gpt", version: 1, width: 6, headDim: 3 }, steps)).toEqual(newest);
  expect(migrated({ kind: "gpt", version: 2, dModel: 6, headDim: 3 }, steps)).toEqual(newest);
});

test("leaves the value that it is given unchanged", () => {
  const old = Object.freeze({ version: 1, width: 6, headDim: 3 });
  migrated(old, steps);
  expect(old).toEqual({ version: 1, width: 6, headDim: 3 });
});

test.each([
  [{ version: 3, dModel: 6 }],
  [{ version: 4 }],
  [{ version: 0, width: 6 }],
  [{ version: 1.5, width: 6 }],
  [{ version: "1", width: 6 }],
  [{ width: 6 }],
  [null],
  [undefined],
  ["text"],
])("leaves %j to its reader", (value) => {
  expect(migrated(value, steps)).toBe(value);
});

test("without steps the first version is the newest", () => {
  const value = { version: 1, width: 6 };
  expect(migrated(value, [])).toBe(value);
});
