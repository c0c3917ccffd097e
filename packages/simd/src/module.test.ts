import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Build, binaryOf, compileKernels } from "./module";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const builds: Build[] = ["relaxed", "plain"];

describe.each(builds)("%s", (build) => {
  test.each([true, false])("runs on a memory of its kind (shared: %s)", async (shared) => {
    const compiled = await compileKernels(shared, build);
    expect(compiled.build).toBe(build);
    const memoryOf = (kind: boolean) => ({
      env: {
        memory: new WebAssembly.Memory({ initial: 2, maximum: 4, shared: kind }),
        abort() {},
      },
    });
    await WebAssembly.instantiate(compiled.module, memoryOf(shared));
    await expect(WebAssembly.instantiate(compiled.module, memoryOf(!shared))).rejects.toThrow(
      WebAssembly.LinkError,
    );
  });

  test("keeps no state: one import, no memory, table, global or data of its own", async () => {
    const { module } = await compileKernels(true, build);
    const imports = WebAssembly.Module.imports(module).filter(({ name }) => name !== "abort");
    expect(imports).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    // Sections by number: 4 tables, 5 memories, 6 globals, 9 elements, 11 data. There may be a start:
    // every instance writes the same constants to the first page, which is never handed out.
    const sections = sectionsOf(await binaryOf(build, true));
    for (const section of [4, 5, 6, 9, 11]) expect(sections).not.toContain(section);
  });
});

function sectionsOf(bytes: Uint8Array): number[] {
  const sections: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    sections.push(bytes[at++]!);
    let [size, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++]!;
      size |= (byte & 127) << shift;
      shift += 7;
      if (byte < 128) break;
    }
    at += size;
  }
  return sections;
}

test("both builds have the same kernels", async () => {
  const [relaxed, plain] = await Promise.all(
    builds.map(async (build) =>
      WebAssembly.Module.exports((await compileKernels(true, build)).module),
    ),
  );
  expect(relaxed).toEqual(plain);
  expect(relaxed!.length).toBeGreaterThan(0);
});

test("the fastest build that the engine has is taken", async () => {
  expect((await compileKernels(true)).build).toBe("relaxed");
  const { validate } = WebAssembly;
  const relaxed = await binaryOf("relaxed", true);
  vi.spyOn(WebAssembly, "validate").mockImplementation(
    (bytes) => (bytes as Uint8Array).length !== relaxed.length && validate(bytes),
  );
  expect((await compileKernels(true)).build).toBe("plain");
  await expect(compileKernels(true, "relaxed")).rejects.toThrow(
    new RangeError("build: expected an engine with relaxed SIMD, got one without"),
  );
});

test("an engine without SIMD is told so", async () => {
  vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  await expect(compileKernels(true)).rejects.toThrow(
    new RangeError("simd: expected an engine with WebAssembly SIMD, got one without"),
  );
});

test("all that the package embeds stays below 60 kB compressed", () => {
  const text = readFileSync(new URL("./generated/binaries.ts", import.meta.url));
  expect(gzipSync(text, { level: 9 }).length).toBeLessThan(60_000);
});
