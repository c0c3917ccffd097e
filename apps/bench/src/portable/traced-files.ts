import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * Every file that Node would read for some entries, theirs and those of the packages they import,
 * with the package.json of each package. Found by esbuild, which follows imports as Node does.
 *
 * @param entries Packages by name, or files.
 * @param folder Where packages are resolved from.
 * @returns Paths as the file system has them, without links.
 */
export async function tracedFiles(entries: readonly string[], folder: string): Promise<string[]> {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    stdin: {
      contents: entries.map((entry) => `import ${JSON.stringify(entry)};`).join("\n"),
      resolveDir: folder,
    },
    absWorkingDir: folder,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    // What Node takes: "main", not the "module" of bundlers.
    mainFields: ["main"],
    // Kept although nobody uses what they export.
    ignoreAnnotations: true,
    treeShaking: false,
    logLevel: "silent",
  });
  const files = Object.keys(metafile.inputs)
    .filter((file) => !file.startsWith("<"))
    .map((file) => resolve(folder, file.replace(/^\(disabled\):/, "")))
    .filter((file) => existsSync(file));
  return [...new Set([...files, ...files.map(manifestOf)])].sort();
}

/** The package.json, with a name, of the package that a file is in. */
function manifestOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name) return manifest;
  }
  throw new Error(`${file}: expected a package.json above it, got none`);
}

/**
 * A file's place below one flat node_modules: what comes after the last one in its path.
 *
 * @throws Error if there is none.
 */
export function placeOf(file: string): string {
  const [, ...parts] = file.replaceAll("\\", "/").split("/node_modules/");
  const place = parts.at(-1);
  if (place === undefined)
    throw new Error(`${file}: expected it in node_modules, got another place`);
  return place;
}

/**
 * Where each file goes below one flat node_modules.
 *
 * @throws Error if two versions of a package would go to the same place.
 */
export function placesOf(files: readonly string[]): Map<string, string> {
  const places = new Map<string, string>();
  for (const file of files) {
    const place = placeOf(file);
    const other = places.get(place);
    if (other !== undefined && other !== file) {
      throw new Error(`${place}: expected one version, got ${other} and ${file}`);
    }
    places.set(place, file);
  }
  return places;
}
