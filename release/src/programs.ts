import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The programs of people who use the packages. */
export const consumers = fileURLToPath(new URL("../consumers", import.meta.url));

export type Form = "esm" | "cjs";

/**
 * A program in plain JavaScript, with imports of packages as they are: as an ES module, or with
 * require.
 *
 * @param contents TypeScript; what it imports by a path is of the consumers' folder.
 */
export async function programOf(contents: string, format: Form): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: consumers, loader: "ts" },
    bundle: true,
    write: false,
    packages: "external",
    format,
    platform: "node",
    target: "node20",
  });
  return outputFiles[0]!.text;
}

/** A program that awaits one thing, which CommonJS has no other way to do. */
export function awaiting(imports: readonly string[], statements: readonly string[]): string {
  return `${imports.join("\n")}
async function main() {
  ${statements.join("\n  ")}
}
main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
`;
}

/** Flags of Node under which a program that reaches for the network fails. */
export const withoutNetwork = ["--import", join(consumers, "no-network.mjs")];
