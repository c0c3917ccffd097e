import { engine, findBackendFactory, type KernelBackend, setBackend } from "@tensorflow/tfjs-core";

/**
 * Makes a registered backend the active one, starting it if it has not been started yet.
 *
 * tfjs's own setBackend first makes it active, then starts it, and of a failure it keeps only a
 * warning on the console (tfjs-core 4.22.0, Engine.initializeBackend). Started before it is handed
 * over, a backend that fails throws its own error and leaves the active one in place.
 *
 * @returns The backend.
 */
export async function activate(name: string): Promise<KernelBackend> {
  const { registry, registryFactory } = engine();
  const running = registry[name];
  if (running) {
    await setBackend(name);
    return running;
  }
  const entry = registryFactory[name];
  if (!entry) throw new Error(`no backend is registered under the name ${name}`);
  const start = entry.factory;
  const backend = await start();
  entry.factory = () => backend;
  try {
    await setBackend(name);
  } finally {
    entry.factory = start;
  }
  return backend;
}

/** True if tfjs has the backend, started or not. */
export function isRegistered(name: string): boolean {
  return findBackendFactory(name) !== null;
}
