import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTheme, defineConfig, type UserConfig } from "vitepress";
import { homepage } from "./make-pages";
import { pages } from "./pages";
import { outputFolder, sourceFolder } from "./places";

/** How VitePress builds the site; `SITE_BASE` names the folder that it is served from. */
export function siteConfig(): UserConfig<DefaultTheme.Config> {
  return defineConfig({
    title: "tx",
    description: "Transformers in TypeScript, from small packages, on TensorFlow.js",
    lang: "en",
    base: process.env.SITE_BASE ?? "/",
    srcDir: sourceFolder,
    outDir: outputFolder,
    cacheDir: join(sourceFolder, ".cache"),
    cleanUrls: false,
    // Dates would come from git, which a tarball of the sources lacks.
    lastUpdated: false,
    // A link to a page that is not there ends the build.
    ignoreDeadLinks: false,
    markdown: { math: true },
    themeConfig: {
      nav: [
        { text: "Start", link: "/start" },
        { text: "Packages", link: "/packages/attention" },
        { text: "Reference", link: "/api/" },
        { text: "Performance", link: "/performance" },
      ],
      sidebar: [...menu(), { text: "Reference", collapsed: true, items: reference() }],
      search: { provider: "local" },
      socialLinks: [{ icon: "github", link: homepage() }],
      outline: [2, 3],
    },
  });
}

function menu(): DefaultTheme.SidebarItem[] {
  const groups = [...new Set(pages.map(({ group }) => group))];
  return groups.map((group) => ({
    text: group,
    collapsed: group === "Why so",
    items: pages
      .filter((page) => page.group === group)
      .map(({ title, target }) => ({ text: title, link: `/${target === "index" ? "" : target}` })),
  }));
}

/** Written by the reference's generator beside its pages. */
function reference(): DefaultTheme.SidebarItem[] {
  const file = join(sourceFolder, "api", "typedoc-sidebar.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}
