// The licences of everything that the packages and apps need at run time, in docs/licences.md:
// node scripts/licences.mjs compares, node scripts/licences.mjs --update writes. One that may not go
// with the MIT licence of this project is refused either way.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pnpm, root, runNpx } from "./processes.mjs";

const file = join(root, "docs", "licences.md");

/** They ask for no more than their own text to be passed on. */
const compatible = new Set([
  ...["MIT", "MIT-0", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BlueOak-1.0.0"],
  ...["CC0-1.0", "Unlicense", "Zlib"],
]);

/** Whether an SPDX expression leaves a choice that is compatible. */
const isCompatible = (licence) =>
  licence
    .replace(/^\((.*)\)$/, "$1")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((one) => compatible.has(one.trim())));

let output = "";
// What only tests and builds need stays with them.
const ours = ["--filter", "./packages/*", "--filter", "./apps/*"];
const code = await runNpx(["-y", pnpm, ...ours, "licenses", "list", "--prod", "--json"], {
  onOutput: (piece, stream) => {
    if (stream === process.stdout) output += piece;
  },
});
if (code !== 0) throw new Error(`pnpm licenses: expected exit code 0, got ${code}: ${output}`);
const packages = Object.entries(JSON.parse(output))
  .flatMap(([licence, list]) => list.map(({ name, versions }) => ({ name, versions, licence })))
  .filter(({ name }) => !name.startsWith("@tx/"))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

const refused = packages.filter(({ licence }) => !isCompatible(licence));
if (refused.length > 0) {
  const list = refused.map(({ name, licence }) => `${name} (${licence})`).join(", ");
  console.error(`licences: expected such as go with MIT, got ${list}`);
  process.exitCode = 1;
}

const rows = packages.map(
  ({ name, versions, licence }) => `| ${name} | ${versions.join(", ")} | ${licence} |`,
);
const text = `# Licences

What the packages and apps need at run time, and under which licence each comes. \`npm run licences\`
writes this file, and \`pnpm run check\` fails where it is not up to date or a licence does not go with
the MIT licence of this project.

| package | versions | licence |
| --- | --- | --- |
${rows.join("\n")}
`;
const there = (() => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
})();
if (process.argv.includes("--update")) writeFileSync(file, text);
else if (there !== text) {
  console.error("licences: docs/licences.md is not up to date; run npm run licences and commit it");
  process.exitCode = 1;
} else console.log(`licences: ${packages.length} packages, all compatible`);
