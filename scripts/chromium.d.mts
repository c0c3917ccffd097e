export const graphicsFlags: readonly string[];
export function placeOfChromium(): { path: string; env: Record<string, string> } | undefined;
export function findChromium(): { path: string; env: Record<string, string> } | undefined;
