import { expect, test } from "vitest";
import { nope } from "./index";

test("has no hooks, claims to be relative, and reads as JSON", () => {
  expect({ ...nope() }).toEqual({ kind: "nope", relative: true });
  expect(JSON.parse(JSON.stringify(nope()))).toEqual({ kind: "nope", version: 1 });
});
