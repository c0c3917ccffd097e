import { expect, test } from "vitest";
import { brief, parseStrictJson } from "./strict-json";

const parse = (text: string, depth = 3) => parseStrictJson(text, "a header", depth);

test.each([
  '{"a": {"dtype": "F32", "shape": [1, 2]}, "b": null}',
  '[{"a": 1}, {"a": 2}]',
  '{"a": {"a": ["a", "a"]}, "b": "a: {[", "c": "\\"a\\":"}',
  ' {"\\u0061b": "\\\\", "ab ": 1e3 , "": [] } ',
  '"text"',
  "5",
])("reads %s as JSON.parse", (text) => {
  expect(parse(text)).toEqual(JSON.parse(text));
});

test.each([
  ['{"a": 1, "b": 2, "a": 3}', '"a"'],
  ['{"x": {"dtype": "F32", "dtype": "U8"}}', '"dtype"'],
  ['{"ab": 1, "\\u0061b" : 2}', '"ab"'],
  ['{"__proto__": 1, "__proto__": 2}', '"__proto__"'],
  ['[{"a": [1, {"q": 1}], "a"\n:2}]', '"a"'],
])("refuses a name that comes twice: %s", (text, name) => {
  expect(() => parse(text, 4)).toThrow(
    new Error(`expected a header with every name once, got ${name} twice`),
  );
});

test.each([
  "",
  "{",
  '{"a',
  '{"a\\',
  '{"a": 1,}',
  '{"\\x": 1, "\\x": 2}',
  "]",
  "{]",
  '{"a"}',
  "{a: 1}",
])("refuses %j, which is no JSON", (text) => {
  expect(() => parse(text)).toThrow(new Error("expected a header in JSON, got other text"));
});

test("refuses more levels than are allowed, however many there are", () => {
  const message = "expected a header of at most 3 levels, got more";
  expect(parse("[[[1]]]")).toEqual([[[1]]]);
  expect(() => parse("[[[[1]]]]")).toThrow(new Error(message));
  expect(() => parse("[".repeat(1_000_000))).toThrow(new Error(message));
  expect(() => parse('{"a":'.repeat(500_000))).toThrow(new Error(message));
});

test("errors stay short", () => {
  expect(brief("a".repeat(1000))).toBe(`"${"a".repeat(199)}…`);
  expect(brief(undefined)).toBe("undefined");
  const name = "n".repeat(1000);
  expect(() => parse(`{"${name}": 1, "${name}": 2}`)).toThrow(/^.{0,260}$/);
});
