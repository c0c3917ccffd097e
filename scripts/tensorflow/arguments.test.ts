import { expect, test } from "vitest";
// @ts-expect-error plain JavaScript
import { parseArguments } from "./arguments.mjs";

/** What a command line gives, or the message and exit code that it ends with. */
function parsed(...args: string[]): unknown {
  let printed = "";
  const write = (text: string) => {
    printed += text;
  };
  try {
    return parseArguments(args, { writeOut: write, writeErr: write });
  } catch (error) {
    return [(error as { exitCode: number }).exitCode, printed];
  }
}

test.each([
  [[], { gpu: false, wheel: false }],
  [["--gpu"], { gpu: true, wheel: false }],
  [["--wheel"], { gpu: false, wheel: true }],
  [["--gpu", "--libtensorflow", "/opt/tf"], { gpu: true, wheel: false, libtensorflow: "/opt/tf" }],
])("%j", (args, wanted) => {
  expect(parsed(...args)).toEqual(wanted);
});

test.each([
  [["--wheel", "--libtensorflow", "x"], /cannot be used with option '--wheel'/],
  [["--libtensorflow"], /argument missing/],
  [["--cuda"], /unknown option '--cuda'/],
  [["x"], /too many arguments/],
])("refuses %j", (args, message) => {
  expect(parsed(...args)).toEqual([1, expect.stringMatching(message)]);
});

test("--help tells of every option and exit code", () => {
  const [code, text] = parsed("--help") as [number, string];
  expect(code).toBe(0);
  for (const word of ["--gpu", "--libtensorflow", "--wheel", "TX_TENSORFLOW", "69"]) {
    expect(text).toContain(word);
  }
});
