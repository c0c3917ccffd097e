import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { missingForGpu, presentLibraries, unresolved } from "./cuda.mjs";
import { downloadWheel } from "./download-wheel.mjs";
import { tensorflowFolder } from "./folder.mjs";
import {
  buildBinding,
  downloadBinding,
  installPackage,
  packageFolder,
} from "./install-package.mjs";
import { findLibtensorflow, linkLibtensorflow, versionOf } from "./libtensorflow.mjs";
import { hasCommand, missingTools } from "./machine.mjs";
import { shareTfjs } from "./one-core.mjs";
import { Unavailable } from "./unavailable.mjs";
import { unzip } from "./unzip.mjs";
import { placeOf, wheelFor, wheelVersion } from "./wheel.mjs";

/** What tfjs-node 4.22.0 downloads. */
const OWN_VERSION = "2.9.1";

/**
 * Sets a package up in a folder: all of it in a new one beside, which takes the place of the old one
 * only when the check has passed. Whatever fails leaves things as they were.
 *
 * @param check gets the new folder and throws if the backend in it does not work
 */
export async function setUp({ gpu, libtensorflow, wheel }, check, folder = tensorflowFolder()) {
  const name = gpu ? "tfjs-node-gpu" : "tfjs-node";
  const built = libtensorflow !== undefined || wheel;
  if (built) throwIfMissing(missingTools(process.platform, hasCommand), "to compile the binding");
  const theirs = libtensorflow === undefined ? undefined : findLibtensorflow(libtensorflow);
  const version = theirs ? versionOf(theirs) : wheel ? wheelVersion : OWN_VERSION;
  if (gpu) checkCuda(version, theirs);
  await inPlaceOf(folder, async (fresh) => {
    const library = wheel ? await unpackWheel({ gpu, into: fresh }) : theirs;
    if (library) throwIfMissing(linkedTo(library), "which libtensorflow is linked to");
    say(`installing @tensorflow/${name}`);
    await installPackage(fresh, name);
    if (library) {
      linkLibtensorflow(library, join(packageFolder(fresh, name), "deps"));
      say("compiling the binding");
      await buildBinding(fresh, name);
    } else {
      say("downloading TensorFlow and the binding");
      await downloadBinding(fresh, name);
    }
    shareTfjs(join(fresh, "node_modules"));
    await check(fresh);
  });
}

/** Lets a body fill a new folder, and puts it in the place of the old one. */
export async function inPlaceOf(folder, fill) {
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  try {
    await fill(fresh);
    const old = `${fresh}-old`;
    const replaced = tryRename(folder, old);
    try {
      renameSync(fresh, folder);
    } catch (error) {
      if (replaced) renameSync(old, folder);
      throw error;
    }
    if (replaced) rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** @returns whether there was something to rename */
function tryRename(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

async function unpackWheel({ gpu, into }) {
  const wheel = wheelFor({ gpu, platform: process.platform, arch: process.arch });
  say(`downloading the wheel ${wheel.name} ${wheel.version}`);
  const downloads = mkdtempSync(join(into, "download-"));
  const archive = await downloadWheel(wheel, downloads);
  say("unpacking its libtensorflow");
  const folder = join(into, "libtensorflow");
  await unzip(archive, folder, placeOf);
  rmSync(downloads, { recursive: true });
  return findLibtensorflow(folder);
}

/** @throws Unavailable that lists what of CUDA and cuDNN the library would not find. */
function checkCuda(version, library) {
  if (process.platform !== "linux") {
    say("CUDA and cuDNN are looked for on Linux only; the check at the end will tell");
  } else if (version === undefined) {
    say("this libtensorflow does not tell its version: CUDA and cuDNN are not looked for");
  } else {
    const missing = missingForGpu(version, presentLibraries(), library ? linkedTo(library) : []);
    throwIfMissing(missing, `for TensorFlow ${version} on a GPU`);
  }
}

/** The libraries that it is linked to and that are not found here. */
function linkedTo({ library, framework }) {
  return process.platform === "linux" ? unresolved([library, framework]) : [];
}

function throwIfMissing(missing, what) {
  if (missing.length === 0) return;
  throw new Unavailable(`missing ${what}:\n${missing.map((line) => `  ${line}`).join("\n")}`);
}

function say(what) {
  console.log(`tx: ${what}`);
}
