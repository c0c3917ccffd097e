import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { downloadFromIndex } from "./package-index.mjs";
import { Unavailable } from "./unavailable.mjs";
import { pipArguments } from "./wheel.mjs";

const pips = [["python3", "-m", "pip"], ["python", "-m", "pip"], ["pip3"], ["pip"]];

/**
 * Downloads the wheel into a folder, by pip where there is one, else from the index that pip's
 * settings name.
 *
 * @returns {Promise<string>} its path
 * @throws Unavailable if it cannot be had here.
 */
export async function downloadWheel(wheel, folder) {
  const pip = pips.find(([command, ...args]) => succeeds(command, [...args, "--version"]));
  if (pip === undefined) return downloadFromIndex(wheel, folder);
  const [command, ...args] = pip;
  const { status } = spawnSync(command, [...args, ...pipArguments(wheel, folder)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const file = readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (status !== 0 || file === undefined) {
    throw new Unavailable(
      `pip: expected to get ${wheel.name}==${wheel.version}, got exit code ${status}; its lines are above. Check the network and pip's index (pip config list), or use --libtensorflow DIR.`,
    );
  }
  return join(folder, file);
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
