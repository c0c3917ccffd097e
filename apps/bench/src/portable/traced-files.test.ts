import { expect, test } from "vitest";
import { appFolder } from "../places";
import { placeOf, placesOf, tracedFiles } from "./traced-files";

test("finds what Node reads of a package and of those it imports", async () => {
  const places = (await tracedFiles(["@tensorflow/tfjs-core"], appFolder)).map(placeOf);
  expect(places).toContain("@tensorflow/tfjs-core/package.json");
  expect(places).toContain("@tensorflow/tfjs-core/dist/tf-core.node.js");
  expect(places).toContain("node-fetch/package.json");
  expect(places.filter((place) => place.endsWith(".map"))).toEqual([]);
});

test("lays packages flat", () => {
  const deep = "/r/node_modules/.pnpm/a@1/node_modules/a/index.js";
  expect(placeOf(deep)).toBe("a/index.js");
  expect(placesOf([deep, "/r/node_modules/@s/b/x.js"])).toEqual(
    new Map([
      ["a/index.js", deep],
      ["@s/b/x.js", "/r/node_modules/@s/b/x.js"],
    ]),
  );
  expect(() => placeOf("/r/src/a.js")).toThrow("expected it in node_modules");
  expect(() => placesOf([deep, deep.replace("a@1", "a@2")])).toThrow(
    "a/index.js: expected one version",
  );
});
