import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Application, type ProjectReflection, ReflectionKind, type TypeDocOptions } from "typedoc";
import { repository, sourceFolder } from "./places";

/**
 * Writes a page for each public name of each package, from the docstrings.
 *
 * @throws Error if a docstring names something that is not there.
 */
export async function makeReference(): Promise<void> {
  const options: Partial<TypeDocOptions> & Record<string, unknown> = {
    entryPoints: [...entries().keys()],
    tsconfig: join(repository, "tsconfig.json"),
    plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme"],
    out: join(sourceFolder, "api"),
    docsRoot: sourceFolder,
    name: "Reference",
    readme: "none",
    excludePrivate: true,
    excludeInternal: true,
    hidePageHeader: true,
    // A page a name would be a thousand pages; one an entry can be searched.
    router: "module",
    disableSources: true,
    skipErrorChecking: true,
    validation: { notExported: false, invalidLink: true, notDocumented: false },
    logLevel: "Warn",
  };
  const app = await Application.bootstrapWithPlugins(options as Partial<TypeDocOptions>);
  const project = await app.convert();
  if (!project) throw new Error("reference: expected sources that compile, got errors; see above");
  app.validate(project);
  rename(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error("reference: expected docstrings without a broken link, got some; see above");
  }
}

/** As they are imported, and options that are taken apart at once as what they are. */
function rename(project: ProjectReflection): void {
  const packages = join(repository, "packages");
  const names = new Map(
    [...entries()].map(([file, name]) => [
      relative(packages, file).replace(/(\/index)?\.ts$/, ""),
      name,
    ]),
  );
  for (const part of project.children ?? []) part.name = names.get(part.name) ?? part.name;
  for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    if (parameter.name === "__namedParameters") parameter.name = "options";
  }
}

/** The sources of all that packages export, and what each is imported as. */
function entries(): Map<string, string> {
  const packages = join(repository, "packages");
  const found = readdirSync(packages).flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(packages, folder, "package.json"), "utf8"));
    return Object.entries(manifest.exports as Record<string, string>)
      .filter(([, file]) => file.endsWith(".ts"))
      .map(([key, file]) => [join(packages, folder, file), join(manifest.name, key)] as const);
  });
  return new Map(found);
}
