import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, vi } from "vitest";
import { bundleBench } from "../../scripts/bundle.mjs";
import { appFolder } from "../places";

/** A model with one attention layer of width 8 without biases, for runs of a moment. */
export const tinySizes = { layers: 1, heads: 2, dModel: 8, length: 5, batch: 3, vocabSize: 7 };

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as it is bundled for its users, once for a test file, in a folder of its own. */
export function benchProgram() {
  // Whole programs, and several of them a test: a loaded machine takes its time.
  vi.setConfig({ testTimeout: 120_000 });
  let folder = "";
  let main = "";
  beforeAll(async () => {
    mkdirSync(join(appFolder, "dist"), { recursive: true });
    folder = mkdtempSync(join(appFolder, "dist", "test-"));
    main = await bundleBench(appFolder, folder);
    writeFileSync(join(folder, "tiny.json"), JSON.stringify(tinySizes));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    vi.resetConfig();
  });
  const file = (name: string) => join(folder, name);
  return {
    file,
    /** The tiny config's file. */
    tiny: () => file("tiny.json"),
    json: (name: string) => JSON.parse(readFileSync(file(name), "utf8")),
    run: (...args: string[]): Ran =>
      spawnSync(process.execPath, [main, ...args], { encoding: "utf8" }),
  };
}
