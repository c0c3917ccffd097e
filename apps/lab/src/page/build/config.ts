import { fileURLToPath } from "node:url";
import type { InlineConfig } from "vite";
import { lab } from "./lab";
import { novel } from "./novel";
import { offline } from "./offline";
import { questionTexts } from "./question-texts";
import { smallKatex } from "./small-katex";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** With these the memory of @tx/simd can be shared with threads. */
const isolating = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const absent = here("./absent.ts");

/** How Vite builds and serves the page; made anew for each, since plugins remember. */
export const pageConfig = (): InlineConfig => ({
  root: here("../../.."),
  configFile: false,
  logLevel: "warn",
  // Works in any folder of any server.
  base: "./",
  plugins: [lab(), novel(), questionTexts(), smallKatex(), offline()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    // One copy, or two engines would not know each other's tensors.
    dedupe: ["@tensorflow/tfjs-core"],
    // Backends that the page does not offer; to @tx/backend they are not installed.
    alias: {
      "@tensorflow/tfjs-backend-wasm": absent,
      "@tensorflow/tfjs-backend-webgl": absent,
    },
  },
  worker: { format: "es" },
  build: {
    outDir: here("../../../dist/page"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // How long plugins took is nobody's matter who builds the page.
    rolldownOptions: { checks: { pluginTimings: false } },
    // tfjs is large, and loaded in the worker, which holds up nothing.
    chunkSizeWarningLimit: 3000,
  },
  server: { headers: isolating },
  preview: { headers: isolating },
});
