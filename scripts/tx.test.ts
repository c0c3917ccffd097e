import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
// @ts-expect-error plain JavaScript, which has to run before anything is installed
import { whatWentWrong } from "./install.mjs";

const tx = fileURLToPath(new URL("./tx.mjs", import.meta.url));

/** Runs tx.mjs on a Node that says it is of another version. */
function onNode(version: string, ...args: string[]) {
  const pretend = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
  const address = `data:text/javascript,${encodeURIComponent(pretend)}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    "--import",
    address,
    tx,
    ...args,
  ]);
  return { status, stdout: String(stdout), stderr: String(stderr) };
}

describe("tx.mjs", () => {
  it.each(["14.21.3", "18.20.4", "20.18.9"])("says that Node %s is too old", (version) => {
    const { status, stdout, stderr } = onNode(version, "start");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      new RegExp(
        `^tx: Node is too old: expected 20\\.19 or newer, got ${version}\\. Install .*\n$`,
      ),
    );
  });

  it.each(["20.19.0", "22.1.0", "30.0.0"])("goes on with Node %s", (version) => {
    const { status, stderr } = onNode(version, "fly");
    expect([status, stderr]).toEqual([
      1,
      "tx: command: expected start, test, browser, bench, lab, site, golden or tensorflow, got fly\n",
    ]);
  });
});

describe("whatWentWrong", () => {
  it.each([
    ["npm error code ENOTFOUND\nnpm error network", /registry cannot be reached \(ENOTFOUND\)/],
    [
      " WARN  GET x error (ECONNREFUSED). Will retry",
      /registry cannot be reached \(ECONNREFUSED\)/,
    ],
    ["ENOSPC: no space left on device, write", /^no space left on the disk/],
    [" ERR_PNPM_OUTDATED_LOCKFILE  Cannot install", /^pnpm-lock\.yaml does not match/],
    ["something else", /^the installer ended with exit code 7; its last lines are above\.$/],
  ])("reads %j", (output, message) => {
    const line = whatWentWrong(output, 7);
    expect(line).toMatch(message);
    expect(line).not.toContain("\n");
  });
});
