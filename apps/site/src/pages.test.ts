import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expectExamplesRun } from "@tx/testing";
import GithubSlugger from "github-slugger";
import { globby } from "globby";
import { describe, expect, test } from "vitest";
import { isOutside, linksOf, resolved } from "./links";
import { guides, pages } from "./pages";
import { appFolder, repository } from "./places";

const textOf = (file: string) => readFileSync(join(repository, file), "utf8");

describe("the code of the guides", () => {
  const withCode = guides.filter(({ source }) => textOf(source).includes("```ts\n"));

  test.each(withCode.map(({ source }) => source))("%s runs", async (source) => {
    await expectExamplesRun(join(repository, source), appFolder);
  });

  test("no block of it is left out", () => {
    expect(withCode.length).toBe(guides.length);
    for (const { source } of withCode) {
      const blocks = textOf(source).match(/```ts\n/g)!.length;
      const run = textOf(source).match(/```ts\n.*?```\n+```text\n/gs)?.length;
      expect(`${source}: ${run}`).toBe(`${source}: ${blocks}`);
    }
  });
});

test("each page is there once, and every guide, package and decision is a page", () => {
  const sources = pages.map(({ source }) => source);
  expect(new Set(sources).size).toBe(sources.length);
  expect(new Set(pages.map(({ target }) => target)).size).toBe(sources.length);
  const wanted = [
    ...["concepts", "recipes", "decisions"].flatMap((folder) =>
      readdirSync(join(repository, "docs", folder)).map((file) => `docs/${folder}/${file}`),
    ),
    ...readdirSync(join(repository, "packages")).map((name) => `packages/${name}/README.md`),
  ].filter((file) => existsSync(join(repository, file)));
  expect(wanted.filter((file) => !sources.includes(file))).toEqual([]);
});

test("every link of every page of the repository leads to something", async () => {
  const files = await globby(["**/*.md", "!.changeset"], { cwd: repository, gitignore: true });
  expect(files).toContain("README.md");
  const broken = files.flatMap((source) =>
    linksOf(textOf(source))
      .filter(({ to }) => !isOutside(to))
      .map(({ to }) => ({ to, ...resolved(to, source) }))
      .filter(({ file, heading }) => !leadsSomewhere(file, heading))
      .map(({ to }) => `${source}: ${to}`),
  );
  expect(broken).toEqual([]);
});

function leadsSomewhere(file: string, heading: string | undefined): boolean {
  const path = join(repository, file);
  if (!existsSync(path)) return false;
  if (heading === undefined) return true;
  const page = statSync(path).isDirectory() ? join(file, "README.md") : file;
  return headingsOf(textOf(page)).includes(heading);
}

/** As GitHub makes the names of headings. */
function headingsOf(markdown: string): string[] {
  const slugger = new GithubSlugger();
  const plain = markdown.replace(/^```.*?^```/gms, "");
  return [...plain.matchAll(/^#+ (.+)$/gm)].map(([, title]) => slugger.slug(title!));
}
