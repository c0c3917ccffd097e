// npm run weigh [words of a pick's name]: what the picks of budgets.json consist of, from the sources.
import { fileURLToPath } from "node:url";
import { bundleSize, bytesByFile } from "@tx/testing/bundle-size";
import { budgets, isTensorFlow } from "./sizes";

const wanted = process.argv.slice(2).join(" ");
const options = { folder: fileURLToPath(new URL("..", import.meta.url)), apart: isTensorFlow };

const picks = budgets.picks.filter(({ name }) => name.includes(wanted));
if (picks.length === 0) {
  const names = budgets.picks.map(({ name }) => name);
  console.error(`weigh: expected words of one of ${names.join("; ")}, got ${wanted}`);
  process.exitCode = 1;
}
for (const pick of picks) {
  const parts = new Map<string, number>();
  for (const [file, bytes] of await bytesByFile(pick, options)) {
    const part = partOf(file);
    parts.set(part, (parts.get(part) ?? 0) + bytes);
  }
  const { minified, gzip, brotli } = await bundleSize(pick, options);
  console.log(`\n${pick.name}: ${minified} bytes minified, ${gzip} as gzip, ${brotli} as brotli\n`);
  console.log("| part | bytes, minified |\n| --- | ---: |");
  for (const [part, bytes] of [...parts].sort(([, a], [, b]) => b - a)) {
    if (bytes > 0) console.log(`| ${part} | ${bytes} |`);
  }
}

/** A package of ours, and of its sources the folder if there is one; else the dependency. */
function partOf(file: string): string {
  const own = /packages\/(\w+)\/src\/(?:([\w-]+)\/)?/.exec(file);
  if (!own) return /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ?? file;
  const [, name, folder] = own;
  return folder ? `@tx/${name}, ${folder}` : `@tx/${name}`;
}
