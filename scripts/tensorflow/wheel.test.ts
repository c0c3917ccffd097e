import { describe, expect, test } from "vitest";
// @ts-expect-error plain JavaScript
import { isWheel, pipArguments, placeOf, wheelFor, wheelVersion } from "./wheel.mjs";

const linux = { platform: "linux", arch: "x64" };
const cpu = wheelFor({ gpu: false, ...linux });

test("a wheel of its own for CPUs", () => {
  expect(cpu).toMatchObject({ name: "tensorflow-cpu", version: wheelVersion });
  expect(wheelFor({ gpu: true, ...linux }).name).toBe("tensorflow");
});

test.each([
  { platform: "darwin", arch: "arm64" },
  { platform: "win32", arch: "x64" },
  { platform: "linux", arch: "arm64" },
])("none for $platform on $arch", (machine) => {
  expect(() => wheelFor({ gpu: false, ...machine })).toThrow(
    `--wheel: expected Linux on x64, got ${machine.platform} on ${machine.arch}; use --libtensorflow DIR`,
  );
});

test("pip is asked for one wheel, whatever its own Python is, and names no index", () => {
  const args = pipArguments(cpu, "folder");
  expect(args.at(-1)).toBe(`tensorflow-cpu==${wheelVersion}`);
  expect(args).toContain("--no-deps");
  expect(args.join(" ")).toContain("--dest folder");
  expect(args.join(" ")).not.toMatch(/index|http/);
});

test.each([
  ["tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", true],
  ["tensorflow_cpu-2.15.1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", false],
  ["tensorflow_cpu-2.15.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", false],
  ["tensorflow_cpu-2.15.1-cp311-cp311-win_amd64.whl", false],
  ["tensorflow-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", false],
  ["tensorflow-cpu-2.15.1.tar.gz", false],
])("%s: %s", (file, wanted) => {
  expect(isWheel(file, cpu)).toBe(wanted);
});

describe("of the wheel's entries", () => {
  test.each([
    ["tensorflow/libtensorflow_cc.so.2", "lib/libtensorflow_cc.so.2"],
    ["tensorflow/libtensorflow_framework.so.2", "lib/libtensorflow_framework.so.2"],
    ["tensorflow/include/tensorflow/c/c_api.h", "include/tensorflow/c/c_api.h"],
    ["tensorflow/include/tensorflow/c/eager/c_api.h", "include/tensorflow/c/eager/c_api.h"],
    [
      "tensorflow/include/tensorflow/core/platform/ctstring.h",
      "include/tensorflow/core/platform/ctstring.h",
    ],
    ["tensorflow/include/tsl/platform/ctstring.h", "include/tsl/platform/ctstring.h"],
    ["tensorflow/include/xla/tsl/c/tsl_status.h", "include/xla/tsl/c/tsl_status.h"],
  ])("takes %s", (entry, place) => {
    expect(placeOf(entry)).toBe(place);
  });

  test.each([
    "tensorflow/python/_pywrap_tensorflow_internal.so",
    "tensorflow/include/Eigen/Core",
    "tensorflow/include/tensorflow/c/",
    "tensorflow/include/tensorflow/core/graph/graph.h",
    "tensorflow/include/tensorflow/c/../../../../evil.h",
    "elsewhere/libtensorflow_cc.so.2",
    "tensorflow_cpu-2.15.1.dist-info/METADATA",
  ])("leaves %s", (entry) => {
    expect(placeOf(entry)).toBeUndefined();
  });
});
