import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pnpm, root, runNpx, SetupError } from "./processes.mjs";

const tailLines = 20;
const networkTrouble =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|UND_ERR_\w+|ERR_PNPM_META_FETCH_FAIL|E407|E50[234])\b/;

/**
 * Installs the packages that the repository needs, unless that is done already.
 *
 * @throws SetupError in one line that says what is missing.
 */
export async function install() {
  const stamp = join(root, "node_modules", ".cache", "tx", "installed");
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log(`tx: installing packages with ${pnpm} (about a minute the first time)`);
  const started = Date.now();
  await runInstaller();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  console.log(`tx: installed in ${Math.round((Date.now() - started) / 1000)} s`);
}

async function runInstaller() {
  let output = "";
  const code = await runNpx(["-y", pnpm, "install", "--frozen-lockfile"], {
    onOutput: (piece) => {
      output += piece;
    },
    env: {
      // Without a terminal pnpm would otherwise stop where it has a question.
      CI: "true",
      // npm's own waits between tries add up to more than a minute when there is no network.
      npm_config_fetch_retry_mintimeout: "2000",
      npm_config_fetch_retry_maxtimeout: "10000",
    },
  }).catch((error) => {
    throw new SetupError(
      `npx cannot be started (${error.code}). It comes with npm, which comes with Node: install Node again, npm included.`,
    );
  });
  if (code === 0) return;
  console.error(output.trimEnd().split("\n").slice(-tailLines).join("\n"));
  throw new SetupError(whatWentWrong(output, code));
}

/** One line for what the installer printed before it failed. */
export function whatWentWrong(output, code) {
  const trouble = networkTrouble.exec(output)?.[0];
  if (trouble) {
    return `the package registry cannot be reached (${trouble}). Check the network, or the registry and proxy that npm is set to (npm config list), and run the same command again.`;
  }
  if (/ENOSPC/.test(output)) {
    return "no space left on the disk for the packages. Free about 1 GB and run the same command again.";
  }
  if (/ERR_PNPM_OUTDATED_LOCKFILE/.test(output)) {
    return `pnpm-lock.yaml does not match a package.json. Run npx -y ${pnpm} install once.`;
  }
  return `the installer ended with exit code ${code}; its last lines are above.`;
}

/** Changes when anything changes that decides what is installed. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests()]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/** Every package.json of the workspace: the root, one level down and two levels down. */
function manifests() {
  const folders = (path) =>
    readdirSync(join(root, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name))
      .map((entry) => join(path, entry.name));
  const first = folders("");
  return ["", ...first, ...first.flatMap(folders)]
    .map((folder) => join(folder, "package.json"))
    .filter((file) => existsSync(join(root, file)))
    .sort();
}
