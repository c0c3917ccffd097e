import { createReadStream, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { visit } from "@tx/testing/browser";
import { build, createLogger } from "vite";
// @boundaries-ignore the scripts of the repository are nobody\'s package
import { findChromium, graphicsFlags } from "../../scripts/chromium.mjs";
import type { EmptyFolder } from "./empty-folder";

/** Threads need an isolated page; nothing may be fetched from anywhere but the page's own server. */
const headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "content-security-policy":
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob: data:",
};

const types: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  wasm: "application/wasm",
};

/** Builds the page with Vite, which must not warn. */
export async function buildPage(home: EmptyFolder): Promise<string> {
  const page = '<!doctype html><title>tx</title><script type="module" src="/page.ts"></script>';
  writeFileSync(join(home.path, "index.html"), page);
  const warnings: string[] = [];
  const logger = createLogger("silent");
  for (const method of ["warn", "warnOnce", "error"] as const) {
    logger[method] = (message) => void warnings.push(message);
  }
  await build({
    root: home.path,
    configFile: false,
    customLogger: logger,
    build: { target: "es2022", chunkSizeWarningLimit: 10_000 },
  });
  if (warnings.length > 0) throw new Error(`vite: expected no warning, got ${warnings.join("\n")}`);
  return join(home.path, "dist");
}

interface Told {
  readonly trained: readonly { readonly backend: string; readonly losses: readonly number[] }[];
  readonly refused: readonly string[];
}

/**
 * Opens the page in Chromium, where it trains on simd and on WebGPU.
 *
 * @returns What it told; undefined where there is no Chromium.
 */
export async function openPage(dist: string): Promise<Told | undefined> {
  const chromium = findChromium();
  if (!chromium) return undefined;
  const told = await visit<Told>(chromium, {
    headers,
    flags: graphicsFlags,
    serve: ({ url = "/" }, response) => {
      const file = join(dist, url === "/" ? "index.html" : new URL(url, "http://page").pathname);
      if (!existsSync(file)) return void response.writeHead(404).end();
      const type = types[file.split(".").at(-1)!] ?? "application/octet-stream";
      response.writeHead(200, { ...headers, "content-type": type });
      createReadStream(file).pipe(response);
    },
  });
  const backends = told.trained.map(({ backend }) => backend).join();
  if (backends !== "simd,webgpu") throw new Error(`page: expected simd,webgpu, got ${backends}`);
  if (told.refused.length > 0) {
    throw new Error(`page: expected no request elsewhere, got ${told.refused.join(", ")}`);
  }
  const [simd, webgpu] = told.trained.map(({ losses }) => losses.at(-1)!);
  if (Math.abs(simd! - webgpu!) > 0.01) {
    throw new Error(`page: expected one loss on both, got ${simd} and ${webgpu}`);
  }
  return told;
}
