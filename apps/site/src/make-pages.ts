import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rewritten } from "./links";
import { pages } from "./pages";
import { repository, sourceFolder } from "./places";

/** Puts the pages of the repository where the site's builder reads them, with links of the site. */
export function makePages(): void {
  rmSync(sourceFolder, { recursive: true, force: true });
  const targets = new Map(pages.map(({ source, target }) => [source, target]));
  for (const { source, target } of pages) {
    const text = readFileSync(join(repository, source), "utf8");
    const file = join(sourceFolder, `${target}.md`);
    mkdirSync(dirname(file), { recursive: true });
    const page = rewritten(text, source, { targets, home: `${homepage()}/blob/main` });
    // GitHub's way of writing formulas, in that of the site's builder.
    writeFileSync(file, page.replace(/^```math\n(.*?)```$/gms, "$$$$\n$1$$$$"));
  }
}

/** Where the repository lies, as its packages say. */
export function homepage(): string {
  const manifest = JSON.parse(readFileSync(join(repository, "packages/core/package.json"), "utf8"));
  return manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
}
