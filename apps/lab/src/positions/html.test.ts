import { expect, test } from "vitest";
import { escaped } from "./html";

test("text stands in a page as it is written", () => {
  expect(escaped('a < b && "c" > d')).toBe("a &lt; b &amp;&amp; &quot;c&quot; &gt; d");
});
