import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
// @ts-expect-error plain JavaScript
import { findLibtensorflow, linkLibtensorflow, versionOf } from "./libtensorflow.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tx-libtensorflow-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(place: string, text = place): string {
  const file = join(folder, place);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** As the archives of libtensorflow hold it. */
function archive(): void {
  put("tf/include/tensorflow/c/c_api.h");
  for (const name of ["libtensorflow", "libtensorflow_framework"]) {
    put(`tf/lib/${name}.so.2.9.1`, name);
    symlinkSync(`${name}.so.2.9.1`, join(folder, `tf/lib/${name}.so.2`));
  }
}

/** As the wheel holds it. */
function wheel(): void {
  put("tf/tensorflow/include/tensorflow/c/c_api.h");
  put("tf/tensorflow/libtensorflow_cc.so.2", "libtensorflow");
  put("tf/tensorflow/libtensorflow_framework.so.2", "libtensorflow_framework");
}

test.each([
  ["an archive", archive, ["libtensorflow.so.2", "libtensorflow.so.2.9.1"], "2.9.1"],
  ["an unpacked wheel", wheel, ["libtensorflow_cc.so.2"], undefined],
])("%s is found, and linked under each name that is asked for", (_, make, own, version) => {
  make();
  const found = findLibtensorflow(join(folder, "tf"));
  expect(versionOf(found)).toBe(version);
  linkLibtensorflow(found, join(folder, "first", "deps"));
  // A set-up is made in a folder of another name.
  renameSync(join(folder, "first"), join(folder, "second"));
  const deps = join(folder, "second", "deps");
  for (const name of ["libtensorflow.so", "libtensorflow.so.2", ...own]) {
    expect(readFileSync(join(deps, "lib", name), "utf8")).toBe("libtensorflow");
  }
  for (const name of ["libtensorflow_framework.so", "libtensorflow_framework.so.2"]) {
    expect(readFileSync(join(deps, "lib", name), "utf8")).toBe("libtensorflow_framework");
  }
  expect(readFileSync(join(deps, "include", "tensorflow", "c", "c_api.h"), "utf8")).toContain(
    "c_api",
  );
});

test("the version stands in a header where the name does not tell it", () => {
  wheel();
  put(
    "tf/tensorflow/include/tensorflow/core/public/version.h",
    "#define TF_MAJOR_VERSION 2\n#define TF_MINOR_VERSION 16\n#define TF_PATCH_VERSION 2\n",
  );
  expect(versionOf(findLibtensorflow(join(folder, "tf")))).toBe("2.16.2");
});

test("says what is missing", () => {
  put("tf/lib/libtensorflow.so.2");
  const place = join(folder, "tf");
  expect(() => findLibtensorflow(place)).toThrow(
    `--libtensorflow: expected lib/libtensorflow_framework.so.2 and include/tensorflow/c/c_api.h in ${place}, got none`,
  );
  expect(() => findLibtensorflow(join(folder, "none"))).toThrow(
    "--libtensorflow: expected lib/libtensorflow.so.2",
  );
});
