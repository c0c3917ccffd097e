export function swiftShaderEnvironment(
  environment?: Record<string, string | undefined>,
): Record<string, string>;
export function unpackSwiftShader(): string;
export function fileInTar(archive: Uint8Array, name: string): Uint8Array;
