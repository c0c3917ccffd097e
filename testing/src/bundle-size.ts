import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** How large a bundle is, in bytes. */
export interface BundleSize {
  readonly minified: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** A name and what is imported under it: names out of packages, everything where none is given. */
export interface Pick {
  readonly name: string;
  readonly imports: Readonly<Record<string, readonly string[]>>;
}

/** A program that keeps what is imported, so that a bundler keeps it too. */
export function sourceOf({ imports }: Pick): string {
  return Object.entries(imports)
    .map(([from, names]) =>
      names.length === 0
        ? `export * from ${JSON.stringify(from)};`
        : `export { ${names.join(", ")} } from ${JSON.stringify(from)};`,
    )
    .join("\n");
}

/** Where a pick's packages are, and which of them are counted apart. */
export interface BundleOptions {
  /** Where packages are resolved from. */
  readonly folder: string;
  /** Packages that are left out. */
  readonly apart: (path: string) => boolean;
}

/** The size of a pick as a browser would get it, minified. */
export async function bundleSize(pick: Pick, options: BundleOptions): Promise<BundleSize> {
  const { outputFiles } = await bundled(pick, options);
  const { transform } = await import("esbuild");
  // Of what is left out, a bundle goes on to name all that any of its files once imported. As
  // TypeScript, it is rid of the names that nothing uses.
  const { code } = await transform(outputFiles[0]!.text, {
    ...{ loader: "ts", format: "esm", target: "es2022", minify: true },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false } },
  });
  return sizeOf(new TextEncoder().encode(code));
}

/** The names that a package exports as values. */
export async function exportsOf(entry: string, options: BundleOptions): Promise<string[]> {
  const { metafile } = await bundled({ name: entry, imports: { [entry]: [] } }, options);
  return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
}

/** How many bytes of a minified pick come from which file. */
export async function bytesByFile(
  pick: Pick,
  options: BundleOptions,
): Promise<ReadonlyMap<string, number>> {
  const { metafile } = await bundled(pick, options, true);
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return new Map(inputs.map(([file, { bytesInOutput }]) => [file, bytesInOutput]));
}

async function bundled(pick: Pick, { folder, apart }: BundleOptions, minify = false) {
  const { build } = await import("esbuild");
  return build({
    minify,
    stdin: { contents: sourceOf(pick), resolveDir: folder, loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
    plugins: [
      {
        name: "apart",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind !== "entry-point" && apart(path) ? { external: true } : undefined,
          ),
      },
    ],
  });
}

export function sizeOf(bytes: Uint8Array): BundleSize {
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return {
    minified: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params: quality }).length,
  };
}
