import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as buildSite, serve } from "vitepress";
import { makePages } from "./make-pages";
import { makeReference } from "./make-reference";
import { outputFolder, repository, sourceFolder } from "./places";

/** Writes the whole site. */
export async function build(): Promise<void> {
  makePages();
  await makeReference();
  await buildSite(configured());
  console.log(`written: ${outputFolder.slice(repository.length)}`);
}

export async function preview(port: number): Promise<void> {
  await serve({ root: configured(), port });
}

/** VitePress reads its configuration and theme from files at its root. */
function configured(): string {
  const folder = join(sourceFolder, ".vitepress");
  mkdirSync(join(folder, "theme"), { recursive: true });
  const here = (file: string) => JSON.stringify(join(import.meta.dirname, file));
  writeFileSync(
    join(folder, "config.ts"),
    `import { siteConfig } from ${here("vitepress.ts")};\nexport default siteConfig();\n`,
  );
  writeFileSync(
    join(folder, "theme", "index.ts"),
    `export { default } from ${here("theme/index.ts")};\n`,
  );
  return sourceFolder;
}
