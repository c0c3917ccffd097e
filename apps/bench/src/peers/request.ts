import type { BenchConfig } from "../configs";

/** A piece of work that is compared. */
export type Work =
  | { readonly kind: "step"; readonly config: BenchConfig }
  | { readonly kind: "generate"; readonly config: BenchConfig }
  | { readonly kind: "attention"; readonly length: number };

/** What a peer's process is started with. */
export interface PeerRequest {
  readonly work: Work;
  /** A backend of tfjs, by name. */
  readonly backend: string;
  /** Pieces of work a turn. */
  readonly runs: number;
}

/** A peer's first line: that it is ready, and what it is. */
export interface PeerAbout {
  readonly version: string;
  readonly device: string;
}

/** A peer's line after each turn. */
export interface PeerTurn {
  readonly ms: number[];
  readonly peakRssBytes: number;
  /** Of memory on a device, where the peer knows. */
  readonly peakDeviceBytes?: number;
}

/** In place of any of its lines: why it cannot go on, in its own words. */
export interface PeerError {
  readonly error: string;
}
