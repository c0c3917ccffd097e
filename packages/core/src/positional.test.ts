import { expect, test } from "vitest";
import { spanOf } from "./positional";

test("as many queries as keys, from the start of the stream", () => {
  expect(spanOf(5)).toEqual({ q: { start: 0, len: 5 }, k: { start: 0, len: 5 } });
});

test("fewer queries are the last of the keys", () => {
  expect(spanOf(1, 7)).toEqual({ q: { start: 6, len: 1 }, k: { start: 0, len: 7 } });
});

test("start is where the keys begin", () => {
  expect(spanOf(2, 5, 10)).toEqual({ q: { start: 13, len: 2 }, k: { start: 10, len: 5 } });
});
