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

test("refuses the name of a prototype, unless any name will do", () => {
  const text = '{"a": {"__proto__": {"polluted": true}}}';
  expect(() => parse(text)).toThrow(new Error('expected a header of plain names, got "__proto__"'));
  expect(() => parse('{"\\u005f_proto__": 1}')).toThrow("of plain names");
  expect(parse('["__proto__"]')).toEqual(["__proto__"]);
  const any = (text: string) => parseStrictJson(text, "a header", 3, { anyName: true });
  expect(Object.keys((any(text) as { a: object }).a)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf((any(text) as { a: object }).a)).toBe(Object.prototype);
  expect(() => any('{"__proto__": 1, "__proto__": 2}')).toThrow('got "__proto__" twice');
});

test("errors stay short", () => {
  expect(brief("a".repeat(1000))).toBe(`"${"a".repeat(199)}…`);
  expect(brief(undefined)).toBe("undefined");
  const name = "n".repeat(1000);
  expect(() => parse(`{"${name}": 1, "${name}": 2}`)).toThrow(/^.{0,260}$/);
});
