import { git } from "./copy-tree";
import type { Registry } from "./registry";
import { run } from "./run";
import { type Manifest, manifestsIn } from "./version";

/** What npm would run on the machine of whoever installs a package. */
const installScripts = ["preinstall", "install", "postinstall"];

/**
 * Runs `changeset publish` in the copy and looks at what arrived: every package, in this version,
 * with ranges and files that hold outside the repository, and a tag for each in the copy.
 */
export async function publish(
  copy: string,
  { version, changesets, registry }: { version: string; changesets: string; registry: Registry },
): Promise<void> {
  const env = { ...registry.env, CI: "true", npm_config_provenance: "false" };
  await run("node", [changesets, "publish"], { cwd: copy, env });
  const names = manifestsIn(copy).map(({ name }) => name);
  for (const name of names) check(await published(registry, name, version));
  const tags = (await git(["tag"], copy)).trim().split("\n").sort();
  const wanted = names.map((name) => `${name}@${version}`).sort();
  if (tags.join() !== wanted.join()) {
    throw new Error(`publish: expected the tags ${wanted.join(", ")}, got ${tags.join(", ")}`);
  }
}

async function published({ url }: Registry, name: string, version: string): Promise<Manifest> {
  const response = await fetch(new URL(name.replace("/", "%2f"), url));
  const { "dist-tags": tags, versions } = (await response.json()) as {
    "dist-tags"?: { latest?: string };
    versions?: Record<string, Manifest>;
  };
  const manifest = versions?.[version];
  if (!manifest || tags?.latest !== version) {
    throw new Error(`${name}: expected ${version} in the registry, got ${tags?.latest ?? "none"}`);
  }
  return manifest;
}

function check({ name, version, scripts = {}, dependencies, peerDependencies, exports }: Manifest) {
  const ranges = Object.entries({ ...dependencies, ...peerDependencies });
  for (const [other, range] of ranges) {
    if (range.includes(":") || (other.startsWith("@tx/") && !holds(range, version))) {
      throw new Error(`${name}: expected a range for ${other} that holds ${version}, got ${range}`);
    }
  }
  const sources = JSON.stringify(exports ?? {}).includes("/src/");
  if (sources) throw new Error(`${name}: expected exports of built files, got sources`);
  const run = installScripts.filter((script) => script in scripts);
  if (run.length > 0) {
    throw new Error(`${name}: expected no scripts at an install, got ${run.join(", ")}`);
  }
}

/** Of the two ways in which our packages name each other. */
const holds = (range: string, version: string) => range === `^${version}` || range === ">=0.0.0";
