import { existsSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../processes.mjs";

/**
 * Puts the workspace's packages of tfjs in the place of the copies that npm has installed beside
 * tfjs-node. With a tfjs-core of its own it would register its backend in an engine that nobody uses,
 * and a second tfjs-backend-cpu would register its kernels twice.
 *
 * @param modules the node_modules of the set-up
 * @returns {string[]} the names that are shared now
 */
export function shareTfjs(modules, workspace = join(root, "packages", "backend", "node_modules")) {
  const scope = "@tensorflow";
  const shared = readdirSync(join(modules, scope)).filter((name) =>
    existsSync(join(workspace, scope, name, "package.json")),
  );
  if (!shared.includes("tfjs-core")) {
    throw new Error(
      `${scope}/tfjs-core: expected it in ${workspace}, got none; run npm start once`,
    );
  }
  for (const name of shared) {
    const copy = join(modules, scope, name);
    rmSync(copy, { recursive: true, force: true });
    // A junction needs no rights on Windows; elsewhere the kind is not looked at.
    symlinkSync(realpathSync(join(workspace, scope, name)), copy, "junction");
  }
  return shared;
}
