import { afterEach, expect, test } from "vitest";
import { fakeHost, forgetBackends, registers } from "../testing/fake-host";
import { useBackendOn } from "../use-backend";

afterEach(() => forgetBackends("webgl"));

/** A browser whose WebGL names its renderer, by the extension or else by the plain parameter. */
function browser(renderer: string | null, extension: object | null) {
  const gl = {
    RENDERER: "plain",
    getExtension: () => extension,
    getParameter: (which: string) => (which === "plain" ? `${renderer}, plain` : renderer),
  };
  const packages = { "@tensorflow/tfjs-backend-webgl": registers("webgl", { gpgpu: { gl } }) };
  return fakeHost(packages, { nodeVersion: undefined });
}

const extension = { UNMASKED_RENDERER_WEBGL: "unmasked" };

test.each([
  ["NVIDIA RTX 3070", extension, "GPU NVIDIA RTX 3070"],
  ["NVIDIA RTX 3070", null, "GPU NVIDIA RTX 3070, plain"],
  ["", extension, "GPU through WebGL"],
  [null, extension, "GPU through WebGL"],
  [
    "ANGLE (SwiftShader driver)",
    extension,
    "software adapter ANGLE (SwiftShader driver), a GPU emulated on the CPU",
  ],
])("a renderer %j with %o is %s", async (renderer, names, device) => {
  expect(await useBackendOn(browser(renderer, names), "webgl")).toEqual({ name: "webgl", device });
});
