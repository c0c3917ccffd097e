export function bundleBench(
  app: string,
  outdir: string,
  isExternal?: (path: string) => boolean,
): Promise<string>;
