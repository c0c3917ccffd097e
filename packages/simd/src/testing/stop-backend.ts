import { findBackendFactory, removeBackend } from "@tensorflow/tfjs-core";

/** Takes a backend that a test has registered away again, if it is there and not the active one. */
export function stopBackend(name: string): void {
  if (findBackendFactory(name) !== null) removeBackend(name);
}
