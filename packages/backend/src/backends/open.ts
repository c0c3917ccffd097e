import type { Host } from "../host";

export interface BackendOptions {
  /**
   * For wasm in a browser: the folder, or each file by its name, from which its three .wasm files
   * are served. Bundlers do not copy them. In Node they are found beside the package.
   */
  wasmPaths?: string | Readonly<Record<string, string>>;
}

/**
 * Brings a backend up and makes it tfjs's active one.
 *
 * @returns The device it runs on, in a line for people.
 * @throws BackendError, or whatever the backend threw at its start.
 */
export type Open = (host: Host, options: BackendOptions) => Promise<string>;
