/** The optional packages, of which an application installs those it uses. */
export type PackageName =
  | "@tensorflow/tfjs-backend-cpu"
  | "@tensorflow/tfjs-backend-wasm"
  | "@tensorflow/tfjs-backend-webgl"
  | "@tensorflow/tfjs-backend-webgpu"
  | "@tensorflow/tfjs-node"
  | "@tensorflow/tfjs-node-gpu"
  | "@tx/simd"
  | "@tx/webgpu"
  | "webgpu";

type TensorflowPackage = Extract<PackageName, `@tensorflow/tfjs-node${string}`>;

/**
 * Imports an optional package by name. What may run in a browser is written out, so that a bundler
 * finds it, and inside a try, by which webpack and esbuild know that it may be absent (Vite reads
 * that from our manifest). What runs in Node alone is hidden from bundlers.
 *
 * @param tensorflowFolder Whose node_modules are looked into first for tfjs-node and tfjs-node-gpu.
 * @throws AbsentPackage if it is not installed; whatever it throws itself.
 */
export async function importPackage(
  name: PackageName,
  tensorflowFolder?: string,
): Promise<unknown> {
  try {
    switch (name) {
      case "@tensorflow/tfjs-backend-cpu":
        return installed(name, await import("@tensorflow/tfjs-backend-cpu"));
      case "@tensorflow/tfjs-backend-wasm":
        return installed(name, await import("@tensorflow/tfjs-backend-wasm"));
      case "@tensorflow/tfjs-backend-webgl":
        return installed(name, await import("@tensorflow/tfjs-backend-webgl"));
      case "@tensorflow/tfjs-backend-webgpu":
        return installed(name, await import("@tensorflow/tfjs-backend-webgpu"));
      case "@tx/simd":
        return installed(name, await import("@tx/simd"));
      case "@tx/webgpu":
        return installed(name, await import("@tx/webgpu"));
      case "@tensorflow/tfjs-node":
      case "@tensorflow/tfjs-node-gpu": {
        const found = tensorflowFolder && requireFrom(tensorflowFolder, name);
        return found || (await import(/* webpackIgnore: true */ /* @vite-ignore */ name));
      }
      default:
        return await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
    }
  } catch (cause) {
    throw isAbsent(cause, name) ? new AbsentPackage(name, { cause }) : cause;
  }
}

/** A package out of a folder's node_modules; undefined if that folder has none. */
function requireFrom(folder: string, name: TensorflowPackage): unknown {
  const { createRequire } = process.getBuiltinModule("module");
  const require = createRequire(`${folder}/package.json`);
  let file: string;
  try {
    file = require.resolve(name);
  } catch {
    return undefined;
  }
  return require(file);
}

/**
 * Passes a module on, unless it is what Vite's production build puts in place of an optional peer
 * that is not installed: nothing but an empty default export.
 */
export function installed(name: PackageName, module: object): object {
  const { default: content, ...named } = module as { default?: unknown };
  const isStub =
    Object.keys(named).length === 0 &&
    Object.keys((content as object | undefined) ?? {}).length === 0;
  if (isStub) throw new AbsentPackage(name);
  return module;
}

/** The package is not there, as opposed to there and broken. */
export class AbsentPackage extends Error {
  override readonly name = "AbsentPackage";

  constructor(packageName: PackageName, options?: ErrorOptions) {
    super(`${packageName} is not installed`, options);
  }
}

/**
 * True if an import failed because this very package was not found, and not one that it needs.
 * Node: "Cannot find package 'x' imported from …"; webpack: "Cannot find module 'x'"; Vite: "Could
 * not resolve "x" imported by …"; Chrome: "Failed to resolve module specifier 'x'"; Firefox: "The
 * specifier “x” was a bare specifier …"; Safari: "Module name, 'x' does not resolve to a valid URL".
 */
export function isAbsent(cause: unknown, name: PackageName): boolean {
  const message = String((cause as Error | null)?.message ?? cause);
  return notFound.exec(message)?.[1] === name;
}

const notFound =
  /(?:Cannot find (?:package|module)|resolve(?: module specifier)?|The specifier|Module name,) ["'“]([^"'”]+)["'”]/;
