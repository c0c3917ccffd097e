/** The CUDA and cuDNN libraries that a build of TensorFlow for GPUs opens when it starts, on Linux. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

/** By TensorFlow's own table of tested builds: from which version, with which CUDA and cuDNN. */
const builds = [
  { from: [2, 18], cuda: "12.5", cudnn: "9.3" },
  { from: [2, 16], cuda: "12.3", cudnn: "8.9" },
  { from: [2, 15], cuda: "12.2", cudnn: "8.9" },
  { from: [2, 14], cuda: "11.8", cudnn: "8.7" },
  { from: [2, 12], cuda: "11.8", cudnn: "8.6" },
  { from: [2, 5], cuda: "11.2", cudnn: "8.1" },
];

/** By CUDA's major version. */
const toolkits = {
  11: [
    "libcudart.so.11.0",
    "libcublas.so.11",
    "libcublasLt.so.11",
    "libcufft.so.10",
    "libcusolver.so.11",
    "libcusparse.so.11",
  ],
  12: [
    "libcudart.so.12",
    "libcublas.so.12",
    "libcublasLt.so.12",
    "libcufft.so.11",
    "libcusolver.so.11",
    "libcusparse.so.12",
  ],
};

/**
 * @param version TensorFlow's, such as "2.9.1"
 * @returns {{ cuda: string, cudnn: string, libraries: string[] }}
 * @throws RangeError for a version that is no version, or too old.
 */
export function cudaOf(version) {
  const [major, minor] = version.split(".").map(Number);
  const build = builds.find(
    ({ from }) => major > from[0] || (major === from[0] && minor >= from[1]),
  );
  if (build === undefined) {
    throw new RangeError(`libtensorflow: expected version 2.5 or later, got ${version}`);
  }
  const { cuda, cudnn } = build;
  const libraries = [
    "libcuda.so.1",
    ...toolkits[cuda.split(".")[0]],
    `libcudnn.so.${cudnn.split(".")[0]}`,
  ];
  return { cuda, cudnn, libraries };
}

/** Names in what `ldconfig -p` prints: "\tlibcudnn.so.8 (libc6,x86-64) => /usr/lib/…". */
export function namesInCache(output) {
  return [...output.matchAll(/^\s+(\S+)\s+\(.*=>/gm)].map(([, name]) => name);
}

/** What `ldd` did not find: "\tlibcudart.so.12 => not found". */
export function notFound(output) {
  return [...output.matchAll(/^\s+(\S+) => not found/gm)].map(([, name]) => name);
}

/**
 * What is missing and how to get it, a line each; none if all is there.
 *
 * @param linked libraries that the linker misses
 * @param present names of those that a program can open
 */
export function missingForGpu(version, present, linked = []) {
  const { cuda, cudnn, libraries } = cudaOf(version);
  const has = new Set(present);
  const lacking = libraries.filter((name) => !has.has(name));
  const missing = [...new Set([...lacking, ...linked])];
  const from = (name) => {
    if (name.startsWith("libcuda.")) {
      return `NVIDIA's driver, version ${cuda.startsWith("12") ? 525 : 450} or later`;
    }
    if (name.startsWith("libcudnn")) {
      return `cuDNN ${cudnn} for CUDA ${cuda.split(".")[0]}: developer.nvidia.com/cudnn-archive`;
    }
    return `CUDA ${cuda}: developer.nvidia.com/cuda-toolkit-archive`;
  };
  return missing.map((name) => `${name}, of ${from(name)}`);
}

/** Every library that a program started here can open by name. */
export function presentLibraries(env = process.env) {
  const cache = ["ldconfig", "/sbin/ldconfig"]
    .map((command) => spawnSync(command, ["-p"], { encoding: "utf8" }))
    .find(({ status }) => status === 0);
  const folders = (env.LD_LIBRARY_PATH ?? "").split(":").filter((path) => path && existsSync(path));
  return [...namesInCache(cache?.stdout ?? ""), ...folders.flatMap((path) => readdirSync(path))];
}

/** Libraries that a file is linked to and the linker does not find. */
export function unresolved(files) {
  const found = files.flatMap((file) =>
    notFound(spawnSync("ldd", [file], { encoding: "utf8" }).stdout ?? ""),
  );
  // TensorFlow's own lies beside it.
  return found.filter((name) => !name.startsWith("libtensorflow"));
}
