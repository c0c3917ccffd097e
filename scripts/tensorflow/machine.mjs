/** What compiling the binding takes of a machine. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Node 23 has dropped util.isNullOrUndefined, which tfjs-node 4.22.0 calls: a word on what we do. */
export function nodeRemark(version) {
  const [major] = version.split(".").map(Number);
  return major < 23
    ? undefined
    : `Node ${version} has no util.isNullOrUndefined, which tfjs-node 4.22.0 calls: @tx/backend puts it back (tfjs issue 8609); programs without it do so before they load the package`;
}

/** What is missing of compiler, make and Python, which node-gyp runs on. */
export function missingTools(platform, has) {
  const tools = [
    ["a C++ compiler", ["c++", "g++", "clang++"], "g++"],
    ["make", ["make", "gmake"], "make"],
    ["Python 3 for node-gyp", ["python3", "python"], "python3"],
  ];
  // Visual Studio is found by node-gyp itself.
  if (platform === "win32") return [];
  return tools
    .filter(([, commands]) => !commands.some(has))
    .map(
      ([what, , name]) => `${what} (Debian: apt install ${name}; macOS: xcode-select --install)`,
    );
}

export function hasCommand(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

/**
 * The folder whose include/node holds Node's headers: npm's nodedir, or where this Node is installed.
 * Undefined if there is none; node-gyp then downloads them from Node's own site.
 */
export function headersFolder(env = process.env, node = process.execPath) {
  const places = [
    env.npm_config_nodedir,
    env.npm_package_config_node_gyp_nodedir,
    dirname(dirname(node)),
  ];
  return places.find((place) => place && existsSync(join(place, "include", "node", "node_api.h")));
}
