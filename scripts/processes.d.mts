interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  onOutput?: (piece: Uint8Array, stream: NodeJS.WriteStream) => void;
}

export const pnpm: string;
export const root: string;
export function runGit(args: readonly string[], options?: RunOptions): Promise<number>;
export function runNode(args: readonly string[], options?: RunOptions): Promise<number>;
export function runNpx(args: readonly string[], options?: RunOptions): Promise<number>;
export function runNpm(args: readonly string[], options?: RunOptions): Promise<number>;
