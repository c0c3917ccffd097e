import { expect, test } from "vitest";
import { BackendError, messageOf } from "./backend-error";

test("names the backend and keeps the cause", () => {
  const cause = new Error("underneath");
  const error = new BackendError("wasm", "expected a, got b", { cause });
  expect(error.message).toBe("backend wasm: expected a, got b");
  expect(error).toMatchObject({ name: "BackendError", backend: "wasm", cause, ordinary: false });
  expect("cause" in new BackendError("wasm", "expected a, got b")).toBe(false);
});

test.each([
  [new Error("one\ntwo"), "one"],
  [{ message: "of a plain object" }, "of a plain object"],
  ["text", "text"],
  [undefined, "undefined"],
  [null, "null"],
])("takes the first line of %o", (thrown, line) => {
  expect(messageOf(thrown)).toBe(line);
});
