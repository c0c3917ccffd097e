/** A libtensorflow on this machine: where its parts are, of which version, and how it is linked. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Unavailable } from "./unavailable.mjs";

const main = /^libtensorflow(?:_cc)?\.(?:so|dylib|\d+\.dylib)(?:\.[\d.]+)?$/;
const framework = /^libtensorflow_framework\.(?:so|dylib|\d+\.dylib)(?:\.[\d.]+)?$/;
const header = join("tensorflow", "c", "c_api.h");

/**
 * Finds the libraries and headers in a folder with lib and include, or in an unpacked wheel.
 *
 * @returns {{ library: string, framework: string, include: string }} absolute paths
 * @throws Unavailable that names what was looked for.
 */
export function findLibtensorflow(folder) {
  const rooms = [folder, join(folder, "tensorflow")];
  const inFolder = (place, name) =>
    existsSync(place)
      ? readdirSync(place)
          .filter((file) => name.test(file))
          // The shortest name is the link for linkers, the C library comes before the C++ one.
          .sort((a, b) => a.length - b.length)
          .map((file) => join(place, file))
      : [];
  const places = rooms.flatMap((room) => [join(room, "lib"), room]);
  const found = {
    library: places.flatMap((place) => inFolder(place, main))[0],
    framework: places.flatMap((place) => inFolder(place, framework))[0],
    include: rooms
      .map((room) => join(room, "include"))
      .find((include) => existsSync(join(include, header))),
  };
  const wanted = {
    library: "lib/libtensorflow.so.2 (or libtensorflow_cc.so.2, as in a wheel)",
    framework: "lib/libtensorflow_framework.so.2",
    include: "include/tensorflow/c/c_api.h",
  };
  const missing = Object.keys(wanted).filter((part) => found[part] === undefined);
  if (missing.length > 0) {
    const names = missing.map((part) => wanted[part]).join(" and ");
    throw new Unavailable(`--libtensorflow: expected ${names} in ${folder}, got none`);
  }
  return found;
}

/** Such as "2.15.1": from the name of the file, or else from a header; undefined if neither tells. */
export function versionOf({ library, include }) {
  const named = /\.so\.(\d+\.\d+\.\d+)$/.exec(basename(realpathSync(library)))?.[1];
  if (named) return named;
  const file = join(include, "tensorflow", "core", "public", "version.h");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const part = (name) => new RegExp(`#define TF_${name}_VERSION (\\d+)`).exec(text)?.[1];
  const parts = ["MAJOR", "MINOR", "PATCH"].map(part);
  return parts.every(Boolean) ? parts.join(".") : undefined;
}

/**
 * Puts links where the binding's build and its runtime path look: deps/include and deps/lib, under
 * the names that linkers ask for and under the library's own, which it is loaded by.
 */
export function linkLibtensorflow({ library, framework, include }, deps) {
  const lib = join(deps, "lib");
  mkdirSync(lib, { recursive: true });
  // Links inside one tree stay right when it is renamed as a whole.
  const link = (target, place) =>
    symlinkSync(relative(realpathSync(dirname(place)), target), place);
  link(realpathSync(include), join(deps, "include"));
  for (const [file, stem] of [
    [library, "libtensorflow"],
    [framework, "libtensorflow_framework"],
  ]) {
    const own = [basename(file), basename(realpathSync(file))];
    const names = new Set([`${stem}.so`, `${stem}.so.2`, ...own, ...sonames(own)]);
    for (const name of names) link(realpathSync(file), join(lib, name));
  }
}

/** libtensorflow.so.2.9.1 is loaded as libtensorflow.so.2. */
const sonames = (names) => names.map((name) => name.replace(/(\.so\.\d+)\.[\d.]+$/, "$1"));
