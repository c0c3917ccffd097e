import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import {
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
} from "@tensorflow/tfjs-core";
import type { Gpu, Host } from "../host";
import { AbsentPackage, type PackageName } from "../import-package";
import type { AdapterInfo } from "../software-adapter";

/** A machine that has just the packages named, each given by what its import does. */
export function fakeHost(
  packages: Partial<Record<PackageName, () => unknown>> = {},
  machine: Partial<Host> = {},
): Host {
  return {
    load: async (name) => {
      const load = packages[name];
      if (load === undefined) throw new AbsentPackage(name, { cause: notFound(name) });
      return load();
    },
    nodeVersion: "20.20.2",
    util: {},
    tensorflowFolder: undefined,
    processor: "CPU Example",
    mayHaveGpu: () => true,
    gpu: () => undefined,
    installGpu: () => undefined,
    ...machine,
  };
}

/** What Node throws for a package that is not there. */
export function notFound(name: string): Error {
  return new Error(`Cannot find package '${name}' imported from example.js`);
}

/** An import that registers a backend, as the real packages do: the cpu backend under that name. */
export function registers(name: string, properties: object = {}): () => object {
  return () => {
    registerBackend(name, () => Object.assign(new MathBackendCPU(), properties));
    return {};
  };
}

/** The npm package webgpu, finding this adapter or none. */
export function dawn(info: AdapterInfo | null): () => { create(): Gpu; globals: object } {
  const gpu: Gpu = { requestAdapter: async () => (info === null ? null : { info }) };
  return () => ({ create: () => gpu, globals: {} });
}

/** Goes back to the cpu backend, and takes away those that a test has registered. */
export async function forgetBackends(...names: string[]): Promise<void> {
  await setBackend("cpu");
  for (const name of names) {
    if (findBackendFactory(name) !== null) removeBackend(name);
  }
}
