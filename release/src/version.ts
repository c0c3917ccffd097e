import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { git } from "./copy-tree";
import { run } from "./run";

/** A package as its package.json tells. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
}

/** The packages that are published, in a copy of the repository. */
export function manifestsIn(copy: string): Manifest[] {
  return readdirSync(join(copy, "packages"))
    .map((name) => readFileSync(join(copy, "packages", name, "package.json"), "utf8"))
    .map((text) => JSON.parse(text) as Manifest);
}

/** What a changeset says, and of which packages. */
interface Change {
  readonly packages: readonly string[];
  readonly sentence: string;
}

/**
 * Runs `changeset version` in the copy and looks at what it made: one version for all, a changelog
 * of each package with every sentence that is about it, and nothing else changed.
 *
 * @returns The version.
 */
export async function version(copy: string, changesets: string): Promise<string> {
  const before = manifestsIn(copy);
  // Right after a release there is nothing to tell.
  if (changesIn(copy).length === 0) {
    const text = `---\n"@tx/core": patch\n---\n\nA change for the rehearsal.\n`;
    writeFileSync(join(copy, ".changeset", "rehearsal.md"), text);
    await git(["add", "--all"], copy);
    await git(["commit", "--quiet", "--message=A change"], copy);
  }
  const changes = changesIn(copy);
  await run("node", [changesets, "version"], { cwd: copy });
  const after = manifestsIn(copy);
  const versions = [...new Set(after.map((manifest) => manifest.version))];
  const [version] = versions;
  if (versions.length !== 1 || version === undefined || version === before[0]!.version) {
    throw new Error(`version: expected a new one for all packages, got ${versions.join(", ")}`);
  }
  for (const { name } of after) checkChangelog(copy, name, version, changes);
  await checkTouched(copy);
  await git(["add", "--all"], copy);
  await git(["commit", "--quiet", `--message=Release ${version}`], copy);
  return version;
}

function changesIn(copy: string): Change[] {
  const folder = join(copy, ".changeset");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      const [, head = "", sentence = ""] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];
      const packages = [...head.matchAll(/^["']?(@tx\/[\w-]+)["']?: (?:patch|minor|major)$/gm)];
      if (packages.length === 0 || sentence.trim() === "") {
        throw new Error(`.changeset/${file}: expected packages and a sentence, got neither`);
      }
      return { packages: packages.map(([, name]) => name!), sentence: sentence.trim() };
    });
}

function checkChangelog(
  copy: string,
  name: string,
  version: string,
  changes: readonly Change[],
): void {
  const path = join("packages", name.replace("@tx/", ""), "CHANGELOG.md");
  if (!existsSync(join(copy, path))) throw new Error(`${path}: expected a changelog, got none`);
  const text = readFileSync(join(copy, path), "utf8");
  const newest = text.split(/^## /m)[1] ?? "";
  if (!text.startsWith(`# ${name}\n`) || !newest.startsWith(`${version}\n`)) {
    throw new Error(`${path}: expected ${name} ${version} on top, got ${text.slice(0, 80)}`);
  }
  for (const { packages, sentence } of changes) {
    const said = newest.includes(sentence.split("\n")[0]!);
    if (said !== packages.includes(name)) {
      const [wanted, got] = said ? ["no word", "one"] : ["a word", "none"];
      throw new Error(`${path}: expected ${wanted} on "${sentence.slice(0, 60)}", got ${got}`);
    }
  }
}

/** Private packages stay as they are, and so does all that is no version, changelog or changeset. */
async function checkTouched(copy: string): Promise<void> {
  await git(["add", "--all"], copy);
  const files = (await git(["diff", "--cached", "--name-only"], copy)).trim().split("\n");
  const wanted = /^(packages\/[\w-]+\/(package\.json|CHANGELOG\.md)|\.changeset\/[\w-]+\.md)$/;
  const others = files.filter((file) => !wanted.test(file));
  if (others.length > 0) {
    throw new Error(`version: expected versions and changelogs, got ${others.join(", ")} too`);
  }
}
