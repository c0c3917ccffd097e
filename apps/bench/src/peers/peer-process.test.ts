import { expect, test } from "vitest";
import { lastWordsOf, PeerProcess } from "./peer-process";

const node = (code: string) => PeerProcess.start(process.execPath, ["-e", code]);

const answering = (answers: string) => `
  console.log(JSON.stringify({ version: "1", device: "none" }));
  const answers = ${answers};
  require("readline").createInterface({ input: process.stdin }).on("line", () => console.log(answers.shift()));`;

test("works in turns", async () => {
  const peer = await node(
    answering(`['{"ms":[1],"peakRssBytes":2}', '{"ms":[3],"peakRssBytes":4}']`),
  );
  expect(peer.about).toEqual({ version: "1", device: "none" });
  expect(await peer.turn()).toEqual({ ms: [1], peakRssBytes: 2 });
  expect(await peer.turn()).toEqual({ ms: [3], peakRssBytes: 4 });
  peer.stop();
});

test.each([
  ["its error", `console.log('{"error":"no kernel"}')`, "no kernel"],
  ["what it throws", `throw new TypeError("is no constructor")`, "TypeError: is no constructor"],
  ["its exit code", "process.exit(3)", "ended with exit code 3"],
  ["its signal", `process.kill(process.pid, "SIGKILL")`, "ended with SIGKILL"],
])("tells why it does not start: %s", async (_, code, message) => {
  await expect(node(code)).rejects.toThrow(new Error(message));
});

test("tells that there is no such program", async () => {
  await expect(PeerProcess.start("no-such-program", [])).rejects.toThrow("no-such-program ENOENT");
});

test("tells why a turn failed", async () => {
  const peer = await node(answering(`['{"error":"out of memory"}']`));
  await expect(peer.turn()).rejects.toThrow(new Error("out of memory"));
});

test("finds the line that says what went wrong", () => {
  const python =
    "Traceback (most recent call last):\n  x\nModuleNotFoundError: No module named 'torch'";
  expect(lastWordsOf(python)).toBe("ModuleNotFoundError: No module named 'torch'");
  expect(lastWordsOf("file:1\nthrow e\n\nError: broken\n    at x\n\nNode.js v20.20.2")).toBe(
    "Error: broken",
  );
  expect(lastWordsOf("noise\nFATAL ERROR: heap limit\n")).toBe("FATAL ERROR: heap limit");
  expect(lastWordsOf("")).toBe("");
});
