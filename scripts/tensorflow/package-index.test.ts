import { describe, expect, test } from "vitest";
// @ts-expect-error plain JavaScript
import { filesOf, indexOf } from "./package-index.mjs";

describe("the index", () => {
  const files: Record<string, string> = {
    "/etc/pip.conf": "[global]\nindex-url = https://machine.example/simple\n",
    "/own/pip/pip.conf": "[global]\ntimeout = 3\nindex_url=https://user.example/simple/\n",
  };
  const read = (place: string) => files[place] ?? "";

  test("of the environment comes first, then the user's, then the machine's", () => {
    const own = { XDG_CONFIG_HOME: "/own" };
    expect(indexOf({ ...own, PIP_INDEX_URL: "https://env.example" }, read)).toBe(
      "https://env.example",
    );
    expect(indexOf(own, read)).toBe("https://user.example/simple/");
    expect(indexOf({}, read)).toBe("https://machine.example/simple");
  });

  test("is none where nothing names one", () => {
    expect(indexOf({}, () => "[global]\nextra-index-url = https://x.example\n")).toBeUndefined();
  });
});

describe("the files of a page", () => {
  const sha256 = "ab".repeat(32);

  test("as JSON", () => {
    const page = JSON.stringify({
      files: [{ filename: "a-1.whl", url: "https://files.example/a-1.whl", hashes: { sha256 } }],
    });
    expect(filesOf(page, "https://index.example/simple/a/")).toEqual([
      { name: "a-1.whl", url: "https://files.example/a-1.whl", sha256 },
    ]);
  });

  test("as HTML, links beside the page too", () => {
    const page = `<a href="../../f/a-1.whl#sha256=${sha256}" data-requires-python="&gt;=3">a-1.whl</a><br/>\n<a href="/a-2.whl?x=1&amp;y=2">a-2.whl</a>`;
    expect(filesOf(page, "https://index.example/simple/a/")).toEqual([
      { name: "a-1.whl", url: `https://index.example/f/a-1.whl#sha256=${sha256}`, sha256 },
      { name: "a-2.whl", url: "https://index.example/a-2.whl?x=1&y=2", sha256: undefined },
    ]);
  });
});
