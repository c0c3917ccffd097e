import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EmptyFolder } from "./empty-folder";
import { consumers } from "./programs";
import { run } from "./run";

/** As strict as TypeScript gets, and our declarations looked at themselves. */
const strict = {
  target: "ES2022",
  lib: ["ES2022", "DOM", "DOM.Iterable"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
};

const modes = {
  node16: { module: "node16", moduleResolution: "node16" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};

/** The programs as sources, which everybody who writes TypeScript has. */
export function copySources(home: EmptyFolder): void {
  cpSync(consumers, home.path, { recursive: true, filter: (path) => !path.endsWith(".mjs") });
  const names = readdirSync(home.path, { recursive: true, encoding: "utf8" });
  for (const name of names.filter((name) => isSource(name))) {
    const path = join(home.path, name);
    // node16 wants endings, which others allow.
    const text = readFileSync(path, "utf8").replace(/(from "\.[^"]*)"/g, '$1.js"');
    writeFileSync(path, text);
  }
  for (const [mode, options] of Object.entries(modes)) {
    const config = { compilerOptions: { ...strict, ...options }, include: ["*.ts", "alone/*.ts"] };
    writeFileSync(join(home.path, `tsconfig.${mode}.json`), JSON.stringify(config));
  }
}

const isSource = (name: string) => name.endsWith(".ts") && !name.includes("node_modules");

/**
 * Checks the programs with one TypeScript, in both ways of resolving modules.
 *
 * @param typescript The folder of the package.
 */
export async function checkTypes(home: EmptyFolder, typescript: string): Promise<void> {
  for (const mode of Object.keys(modes)) {
    const project = join(home.path, `tsconfig.${mode}.json`);
    await run("node", [join(typescript, "bin", "tsc"), "-p", project], { cwd: home.path });
  }
}
