import { describe, expect, it } from "vitest";
import { Wrapper } from "./wrapper";

function wrapped(text: string, width: number, indent = ""): string {
  let output = "";
  const wrapper = new Wrapper(
    (piece) => {
      output += piece;
    },
    width,
    indent,
  );
  for (const character of text) wrapper.push(character);
  wrapper.end();
  return output;
}

describe("Wrapper", () => {
  it("breaks at spaces and keeps the text's own breaks", () => {
    expect(wrapped("the white whale\n\nAhab", 9)).toBe("the white\nwhale\n\nAhab\n");
  });

  it("indents every line with something on it", () => {
    expect(wrapped("the white whale\n\nAhab", 9, "  ")).toBe("  the white\n  whale\n\n  Ahab\n");
  });

  it("breaks a word that no line can hold", () => {
    expect(wrapped("abcdefghij 🐋🐋🐋🐋", 4)).toBe("abcd\nefgh\nij\n🐋🐋🐋🐋\n");
  });

  it("keeps several spaces within a line and drops them at its end", () => {
    expect(wrapped("a  b   cdef", 6)).toBe("a  b\ncdef\n");
  });
});
