import { UserError } from "../user-error";

/** Whom we are compared with, and what each of them is. */
export const peerNames = {
  stock: "the same model written in plain TensorFlow.js operations",
  genai: "@genai-fi/nanogpt, as published",
  "gpt-tfjs": "gpt-tfjs, as published",
  torch: "PyTorch, eager and compiled",
} as const;

type PeerName = keyof typeof peerNames;

/** A peer that was asked for. */
export interface PeerChoice {
  readonly name: PeerName;
  /** A backend of tfjs, where one was asked for. */
  readonly backend?: string;
}

/**
 * Reads a list such as "stock,genai:cpu".
 *
 * @throws UserError for a name that is none.
 */
export function peersOf(list: string | undefined): PeerChoice[] {
  const entries = (list ?? "").split(",").map((entry) => entry.trim());
  return entries.filter(Boolean).map((entry): PeerChoice => {
    const [name, backend] = entry.split(":") as [string, string?];
    if (!Object.hasOwn(peerNames, name)) {
      const names = Object.keys(peerNames).join(", ");
      throw new UserError(`--vs: expected some of ${names}, got ${name}`);
    }
    if (name === "torch" && backend !== undefined) {
      throw new UserError(`--vs: expected torch without a backend, got ${entry}`);
    }
    return { name: name as PeerName, ...(backend ? { backend } : {}) };
  });
}

/**
 * The backend that a peer runs on where none was asked for: ours, or what comes next to it of those
 * that it can run on.
 */
export function backendOfPeer({ name, backend }: PeerChoice, ours: string): string {
  if (backend !== undefined) return backend;
  if (name === "stock") return ours === "simd" ? "wasm" : ours;
  // Both lack a kernel on tfjs's wasm: RMSNorm, UnsortedSegmentSum.
  return ours === "simd" || ours === "wasm" ? "cpu" : ours;
}
