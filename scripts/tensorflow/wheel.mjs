/** Which wheel of TensorFlow there is for this machine, and what of it is needed. */
import { Unavailable } from "./unavailable.mjs";

/** The newest one that CPython 3.9 to 3.11 and glibc 2.17 have; the binding is tested with it. */
export const wheelVersion = "2.15.1";

/**
 * The name on the index, and what wheel of it to take: no Python runs it, so any version of Python's
 * will do.
 *
 * @throws Unavailable for other machines: their wheels hold other libraries.
 */
export function wheelFor({ gpu, platform, arch }) {
  if (platform !== "linux" || arch !== "x64") {
    throw new Unavailable(
      `--wheel: expected Linux on x64, got ${platform} on ${arch}; use --libtensorflow DIR`,
    );
  }
  return {
    name: gpu ? "tensorflow" : "tensorflow-cpu",
    version: wheelVersion,
    python: "3.11",
    platforms: ["manylinux2014_x86_64", "manylinux_2_17_x86_64"],
  };
}

/** The arguments for pip, which knows the user's index, proxy and certificates. */
export function pipArguments({ name, version, python, platforms }, folder) {
  return [
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--disable-pip-version-check",
    // Without a network its own five tries take minutes.
    ...["--retries", "1"],
    ...["--python-version", python, "--implementation", "cp"],
    ...platforms.flatMap((platform) => ["--platform", platform]),
    ...["--dest", folder],
    `${name}==${version}`,
  ];
}

/** Whether a file of an index is the wheel: name-version-cp311-cp311-manylinux_2_17_x86_64….whl */
export function isWheel(file, { name, version, python, platforms }) {
  const parts = file.split("-");
  const [distribution, found, tag, , platform] = parts;
  return (
    file.endsWith(".whl") &&
    parts.length === 5 &&
    distribution === name.replaceAll("-", "_") &&
    found === version &&
    tag === `cp${python.replace(".", "")}` &&
    platforms.some((one) =>
      platform
        .replace(/\.whl$/, "")
        .split(".")
        .includes(one),
    )
  );
}

const libraries = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.\d+)$/;
/** TensorFlow's C interface, and what its headers take from the core, tsl and (from 2.17 on) xla. */
const headers =
  /^tensorflow\/include\/((?:tensorflow\/c|tensorflow\/core\/platform|(?:xla\/)?tsl\/(?:c|platform))\/.+\.h)$/;

/** Where an entry of the wheel goes, below a folder; undefined for what is not needed. */
export function placeOf(entry) {
  if (entry.split("/").includes("..")) return undefined;
  const library = libraries.exec(entry)?.[1];
  if (library) return `lib/${library}`;
  const header = headers.exec(entry)?.[1];
  return header && `include/${header}`;
}
