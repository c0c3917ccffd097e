export function tensorflowFolder(env?: Record<string, string | undefined>): string;
export function tensorflowBackend(folder?: string): "node" | "node-gpu" | undefined;
export function tensorflowEnvironment(
  env?: Record<string, string | undefined>,
): Record<string, string>;
