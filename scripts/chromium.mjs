/**
 * A real browser for tests: the Chromium of the npm package `@sparticuz/chromium`, which comes with
 * the libraries that a bare Linux machine lacks, or the machine's own Chrome where that package has
 * no build.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { root } from "./processes.mjs";
import { chromiumPackage, fileInTar } from "./swiftshader.mjs";

/** What NSS is made of in al2023.tar.br, and the one other library that Chromium opens. */
const libraries = [
  "libexpat.so.1",
  "libfreebl3.chk",
  "libfreebl3.so",
  "libfreeblpriv3.chk",
  "libfreeblpriv3.so",
  "libnspr4.so",
  "libnss3.so",
  "libnssutil3.so",
  "libplc4.so",
  "libplds4.so",
  "libsoftokn3.chk",
  "libsoftokn3.so",
];

/** WebGL and Vulkan without a GPU, which Chromium looks for beside itself. */
const graphics = [
  "libEGL.so",
  "libGLESv2.so",
  "libvk_swiftshader.so",
  "libvulkan.so.1",
  "vk_swiftshader_icd.json",
];

/**
 * What makes Chromium compute WebGL and WebGPU on SwiftShader, so that one commit gives one result
 * on every machine.
 */
export const softwareGraphics = [
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];

/** Where macOS, Windows and Linux have it. */
const installed = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "/usr/bin/google-chrome",
  "/usr/bin/chromium",
];

/**
 * The browser to start, with what it needs in its environment; undefined where there is none.
 *
 * @returns {{ path: string, env: Record<string, string> } | undefined}
 */
export function findChromium() {
  const chromium = placeOfChromium();
  if (chromium?.folder !== undefined) unpackChromium(chromium.folder);
  return chromium && { path: chromium.path, env: chromium.env };
}

/**
 * The same, also before it is unpacked.
 *
 * @returns {{ path: string, env: Record<string, string>, folder?: string } | undefined}
 */
export function placeOfChromium() {
  const { TX_CHROMIUM } = process.env;
  if (TX_CHROMIUM) return { path: TX_CHROMIUM, env: {} };
  if (process.platform === "linux" && process.arch === "x64") {
    const folder = join(
      root,
      "node_modules",
      ".cache",
      "tx",
      `chromium-gl-${chromiumPackage().version}`,
    );
    const paths = [join(folder, "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean);
    const env = { LD_LIBRARY_PATH: paths.join(delimiter) };
    return { path: join(folder, "chromium"), env, folder };
  }
  const path = installed.find((file) => existsSync(file));
  return path === undefined ? undefined : { path, env: {} };
}

/** vitest calls this before the tests of the project "browser". */
export function setup({ provide }) {
  provide("chromium", findChromium());
}

/**
 * Unpacks Chromium once into the repository's node_modules/.cache. The folder appears whole or not
 * at all, so processes that come at once do not meet half a file.
 */
function unpackChromium(folder) {
  if (existsSync(join(folder, "chromium"))) return;
  const chromium = chromiumPackage();
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  const unpack = (file) => brotliDecompressSync(readFileSync(join(chromium.folder, "bin", file)));
  try {
    mkdirSync(join(fresh, "lib"));
    const archive = unpack("al2023.tar.br");
    for (const library of libraries) {
      writeFileSync(join(fresh, "lib", library), fileInTar(archive, `lib/${library}`));
    }
    const drawing = unpack("swiftshader.tar.br");
    for (const file of graphics) writeFileSync(join(fresh, file), fileInTar(drawing, file));
    writeFileSync(join(fresh, "chromium"), unpack("chromium.br"));
    chmodSync(join(fresh, "chromium"), 0o755);
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process was faster: its folder is as good as ours.
    if (!existsSync(join(folder, "chromium"))) throw error;
  }
}
