import type { Plugin } from "vite";

/** Of each font of KaTeX the WOFF2 file, which every browser with WebAssembly SIMD reads. */
export function smallKatex(): Plugin {
  return {
    name: "small-katex",
    enforce: "pre",
    transform(code, id) {
      if (!/katex(\.min)?\.css/.test(id)) return;
      return {
        code: code.replace(/,\s*url\([^)]+\.(woff|ttf)\)\s*format\(["'][^"']+["']\)/g, ""),
        map: null,
      };
    },
  };
}
