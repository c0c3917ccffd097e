/**
 * WebGPU without a GPU: SwiftShader, Google's Vulkan on the CPU, out of the npm package
 * `@sparticuz/chromium`. Dawn (npm `webgpu`) opens "libvulkan.so.1" through the dynamic loader,
 * which reads LD_LIBRARY_PATH when a process starts and never again; so the library is laid in a
 * cache folder under that name, and whoever starts a process that wants an adapter adds
 * {@link swiftShaderEnvironment} to its environment.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const library = "libvk_swiftshader.so";

/**
 * What a child process needs in its environment so that Dawn finds an adapter there, and leaves it
 * the cores while it waits for it.
 *
 * Empty on macOS and Windows, whose Metal and Direct3D are always there; on Linux other than x64,
 * for which the package has no build (a system Vulkan driver such as mesa-vulkan-drivers serves);
 * and under TX_VULKAN=system, which runs the tests on the machine's own driver and GPU. Everywhere
 * else SwiftShader goes before whatever Vulkan the machine has, so that one commit gives one result.
 *
 * @returns {Record<string, string>}
 * @throws Error of one line if the library cannot be unpacked or loaded.
 */
export function swiftShaderEnvironment(environment = process.env) {
  const { platform, arch } = process;
  if (platform !== "linux" || arch !== "x64" || environment.TX_VULKAN === "system") return {};
  const folders = [unpackSwiftShader(), environment.LD_LIBRARY_PATH].filter(Boolean);
  const resting = `--import=${new URL("rest-between-polls.mjs", import.meta.url)}`;
  const { NODE_OPTIONS = "" } = environment;
  return {
    LD_LIBRARY_PATH: [...new Set(folders.join(delimiter).split(delimiter))].join(delimiter),
    NODE_OPTIONS: NODE_OPTIONS.includes(resting)
      ? NODE_OPTIONS
      : `${NODE_OPTIONS} ${resting}`.trim(),
  };
}

/**
 * Unpacks SwiftShader once into the repository's node_modules/.cache, linked as libvulkan.so.1.
 * The folder appears whole or not at all, so processes that come at once do not meet half a file.
 *
 * @returns {string} The folder.
 */
export function unpackSwiftShader() {
  const chromium = chromiumPackage();
  const folder = join(root, "node_modules", ".cache", "tx", `swiftshader-${chromium.version}`);
  if (existsSync(join(folder, "libvulkan.so.1"))) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  try {
    const archive = brotliDecompressSync(
      readFileSync(join(chromium.folder, "bin/swiftshader.tar.br")),
    );
    writeFileSync(join(fresh, library), fileInTar(archive, library));
    symlinkSync(library, join(fresh, "libvulkan.so.1"));
    checkLoads(join(fresh, library));
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process was faster: its folder is as good as ours.
    if (!existsSync(join(folder, "libvulkan.so.1"))) throw error;
  }
  return folder;
}

/** Where @sparticuz/chromium lies (it is a dependency of testing/), and its version. */
export function chromiumPackage() {
  const require = createRequire(join(root, "testing", "package.json"));
  let entry;
  try {
    entry = require.resolve("@sparticuz/chromium");
  } catch (cause) {
    throw new Error(
      "tests: expected the package @sparticuz/chromium in testing/, got none; run the repository's install first",
      { cause },
    );
  }
  // Its exports do not list package.json, and its entry is build/cjs/index.cjs.
  const folder = resolve(dirname(entry), "../..");
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { folder, version };
}

/**
 * One regular file out of a tar archive: 512-byte headers with the name at 0 and the size, in octal
 * digits, at 124; contents rounded up to 512 bytes.
 *
 * @param {Buffer} archive
 * @param {string} name
 */
export function fileInTar(archive, name) {
  const text = (start, end) => archive.toString("latin1", start, end).replace(/[\0 ].*$/s, "");
  for (let header = 0; header + 512 <= archive.length && archive[header] !== 0; ) {
    const size = Number.parseInt(text(header + 124, header + 136), 8);
    const start = header + 512;
    if (text(header, header + 100).replace(/^\.\//, "") === name) {
      return archive.subarray(start, start + size);
    }
    header = start + 512 * Math.ceil(size / 512);
  }
  throw new Error(`WebGPU tests: expected ${name} in the archive of @sparticuz/chromium, got none`);
}

/**
 * Loads the library in a process of its own, which says by name what is missing of the libraries
 * that SwiftShader itself needs (glibc and libgcc_s: every glibc machine that runs Node has them).
 * A library that loads but is no Node add-on ends in "did not self-register".
 */
function checkLoads(path) {
  const script = "process.dlopen({ exports: {} }, process.argv[1])";
  const { stderr, signal } = spawnSync(process.execPath, ["-e", script, path], {
    encoding: "utf8",
  });
  if (stderr.includes("did not self-register")) return;
  const reason = /^Error: (.*)$/m.exec(stderr)?.[1] ?? signal ?? "unknown";
  throw new Error(
    `WebGPU tests: expected SwiftShader to load on this machine, got: ${reason}` +
      " (it needs glibc and libgcc_s; or set TX_VULKAN=system to use the machine's own Vulkan driver)",
  );
}
