// The public types of every package, a report for each entry in packages/*/api, so that a change of
// the API shows in review: node scripts/api.mjs compares, node scripts/api.mjs --update writes.
// Reads what `pnpm run build` made.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { CompilerState, Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { root } from "./processes.mjs";

const update = process.argv.includes("--update");
const work = mkdtempSync(join(tmpdir(), "tx-api-"));
/** Only signatures: what they are for is said where they stand. */
const silent = { logLevel: "none" };

function entriesOf(folder) {
  const { name, publishConfig } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return Object.entries(publishConfig.exports)
    .filter(([, files]) => files.types)
    .map(([path, { types }]) => ({
      folder,
      module: path === "." ? name : `${name}${path.slice(1)}`,
      types: join(folder, types),
      report: path === "." ? "index" : basename(path),
    }));
}

const entries = readdirSync(join(root, "packages"))
  .map((name) => join(root, "packages", name))
  .flatMap(entriesOf);
const missing = entries.filter(({ types }) => !existsSync(types));
if (missing.length > 0) {
  const names = missing.map(({ module }) => module).join(", ");
  console.error(`api: expected packages that are built, got none of ${names}; run pnpm run build`);
  process.exit(1);
}

// Of each other the packages see what is published, not the sources.
const paths = Object.fromEntries(entries.map(({ module, types }) => [module, [types]]));
const configOf = ({ folder, types, report }) =>
  ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: types,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "ES2022",
            lib: ["ES2022", "DOM", "DOM.Iterable"],
            module: "ESNext",
            moduleResolution: "bundler",
            strict: true,
            skipLibCheck: true,
            types: ["node"],
            paths,
          },
          files: entries.map((entry) => entry.types),
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${report}.api.md`,
        reportFolder: join(folder, "api"),
        reportTempFolder: join(work, basename(folder)),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" } },
        extractorMessageReporting: { default: silent },
        tsdocMessageReporting: { default: silent },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
  });

const changed = [];
try {
  const configs = entries.map(configOf);
  // One program for all: most of the time goes into reading TensorFlow's types.
  const compilerState = CompilerState.create(configs[0], {
    additionalEntryPoints: entries.slice(1).map(({ types }) => types),
  });
  for (const config of configs) {
    const path = config.reportFilePath;
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(config.reportTempFolder, { recursive: true });
    const result = Extractor.invoke(config, {
      compilerState,
      localBuild: update,
      messageCallback(message) {
        if (message.category === "console") message.logLevel = "none";
      },
    });
    if (result.errorCount > 0) throw new Error(`${path}: expected no errors, got those above`);
    if (result.apiReportChanged) changed.push(relative(root, path));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (changed.length > 0) {
  const list = changed.map((path) => `  ${path}\n`).join("");
  if (update) console.log(`api: written anew\n${list}`);
  else {
    console.error(
      `api: the public types are not what these files say:\n${list}If the change is meant, run npm run api, look at the difference, and commit it with a changeset.`,
    );
    process.exitCode = 1;
  }
} else console.log(`api: ${entries.length} reports are up to date`);
