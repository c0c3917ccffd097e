// Runs a small program on the backend under other versions of Node, which npm's package `node`
// brings: node packages/simd/scripts/check-node-versions.mjs [version ...]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./bundle.mjs";

const versions = process.argv.length > 2 ? process.argv.slice(2) : ["22", "24"];

const program = `
import { backend, setBackend } from "@tensorflow/tfjs-core";
import { configureSimd } from "./src/index";
import { learn } from "./src/testing/learn";

const [threads, option] = process.argv.slice(2);
configureSimd({ threads: Number(threads), ...(option === "plain" ? { build: "plain" } : {}) });
await setBackend("simd");
const { threads: got, build } = backend();
console.log(JSON.stringify({ node: process.versions.node, threads: got, build, losses: learn() }));
`;

const folder = mkdtempSync(join(tmpdir(), "tx-node-versions-"));
try {
  const file = join(folder, "program.mjs");
  await bundle(program, file);
  const wanted = new Map();
  for (const path of [process.execPath, ...versions.map(install)]) {
    for (const [threads, option] of [[1], [3], [1, "plain"], [2, "plain"]]) {
      const told = JSON.parse(
        run(path, [file, threads, option ?? ""], folder)
          .trim()
          .split("\n")
          .at(-1),
      );
      const { node, build: kind, losses } = told;
      const same = wanted.get(kind) ?? losses;
      wanted.set(kind, same);
      const isRight =
        told.threads === threads &&
        kind === (option ?? "relaxed") &&
        JSON.stringify(losses) === JSON.stringify(same) &&
        losses.at(-1) < losses[0];
      if (!isRight)
        throw new Error(
          `expected ${threads} ${option ?? "relaxed"} and losses ${same}, got ${JSON.stringify(told)}`,
        );
      console.log(
        `Node ${node}: ${threads} thread(s), ${kind}, loss ${losses[0].toFixed(4)} to ${losses.at(-1).toFixed(4)}`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The path of a Node of this version, from npm. */
function install(version) {
  const prefix = join(folder, version);
  mkdirSync(prefix);
  writeFileSync(join(prefix, "package.json"), "{}");
  const flags = ["--no-audit", "--no-fund", "--loglevel=error"];
  run("npm", ["install", ...flags, `node@${version}`], prefix);
  return join(prefix, "node_modules", "node", "bin", "node");
}

function run(command, args, cwd) {
  const { status, stdout } = spawnSync(command, args.map(String), {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32" && command === "npm",
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")}: expected exit code 0, got ${status}`);
  return stdout;
}
