// Rehearses a release from a copy of the tree: versions, changelogs, a registry of our own, and what
// people do with the packages in empty folders. Needs what `pnpm run build` makes, and npm's registry.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// @boundaries-ignore the scripts of the repository are nobody\'s package
import { pnpm, root } from "../../scripts/processes.mjs";
import { useAlone } from "./alone";
import { copyTree } from "./copy-tree";
import { installAll, useBesides } from "./everything";
import { inTurn } from "./in-turn";
import { buildPage, openPage } from "./page";
import { type Release, useToTrain, useTwoCopies } from "./picks";
import { publish } from "./publish";
import { startRegistry } from "./registry";
import { run } from "./run";
import { budgets, checkSizes } from "./sizes";
import { checkTypes, copySources } from "./typed";
import { manifestsIn, version } from "./version";

const tools = join(root, "release", "tools");
const changesets = join(root, "node_modules", "@changesets", "cli", "bin.js");

/** Says what a step took, and gives what it gave. */
async function timed<T>(what: string, step: () => Promise<T>): Promise<T> {
  const begun = Date.now();
  const result = await step();
  console.log(`rehearsal: ${what} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  return result;
}

async function rehearse(folder: string): Promise<string> {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  const [, next] = await timed("tools installed, the tree copied and its version raised", () =>
    Promise.all([
      run(
        "npx",
        ["-y", pnpm, "install", "--frozen-lockfile", "--ignore-workspace", "--ignore-scripts"],
        {
          cwd: tools,
        },
      ),
      copyTree(copy).then(() => version(copy, changesets)),
    ]),
  );
  const names = manifestsIn(copy).map(({ name }) => name);
  const home = join(folder, "registry");
  mkdirSync(home);
  const registry = await startRegistry(join(tools, "node_modules", "verdaccio"), home);
  try {
    await timed(`${names.length} packages published as ${next}`, () =>
      publish(copy, { version: next, changesets, registry }),
    );
    await useAll(names, { folder: join(folder, "empty"), version: next, registry });
  } finally {
    await registry.close();
  }
  return next;
}

async function useAll(names: readonly string[], release: Release): Promise<void> {
  const typescripts = readdirSync(join(tools, "node_modules")).filter((name) =>
    name.startsWith("typescript-"),
  );
  const everything = await timed("all packages installed together", () =>
    installAll(names, release),
  );
  copySources(everything);
  await timed("what takes a library besides", () => useBesides(everything));
  const sized = await timed("sizes", () => checkSizes(everything));
  for (const { name, as, bytes, most } of sized.slice(0, budgets.picks.length)) {
    console.log(`rehearsal: ${name}: ${bytes} of ${most} bytes as ${as}`);
  }
  const jobs: [string, () => Promise<unknown>][] = [
    ...names.map((name): [string, () => Promise<void>] => [
      `${name} alone`,
      () => useAlone(name, release),
    ]),
    ...(["cpu", "wasm", "simd"] as const).map((backend): [string, () => Promise<void>] => [
      `trained and saved on ${backend}`,
      () => useToTrain(backend, release),
    ]),
    ["two copies of @tx/core", () => useTwoCopies(release)],
    ...typescripts.map((name): [string, () => Promise<void>] => [
      `types under ${name}`,
      () => checkTypes(everything, join(tools, "node_modules", name)),
    ]),
  ];
  await inTurn(
    2,
    jobs.map(
      ([what, job]) =>
        () =>
          timed(what, job),
    ),
  );
  // By itself: a browser takes every core.
  const page = await timed(
    "a page built by Vite, trained on simd and webgpu in Chromium",
    async () => openPage(await buildPage(everything)),
  );
  if (page === undefined) console.log("rehearsal: NOT OPENED in a browser, since there is none");
}

const begun = Date.now();
const folder = mkdtempSync(join(tmpdir(), "tx-rehearsal-"));
try {
  const next = await rehearse(folder);
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(`rehearsal: ${next} can be released (${seconds} s)`);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
