export function bundleBench(
  app: string,
  outdir: string,
  options?: { isExternal?: (path: string) => boolean; sourcemap?: boolean },
): Promise<string>;
