import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Chromium } from "@tx/testing/browser";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build, mergeConfig, type PreviewServer, preview } from "vite";
import { pageConfig } from "../build/config";

export interface Lab {
  /** Where it is served. */
  readonly address: string;
  readonly browser: Browser;
  /** The folder of the built page. */
  readonly outDir: string;
  close(): Promise<void>;
}

/** Builds the page, serves it and starts a browser; WebGPU is SwiftShader there. */
export async function openLab({ path, env }: Chromium): Promise<Lab> {
  const outDir = mkdtempSync(join(tmpdir(), "tx-lab-page-"));
  const config = mergeConfig(pageConfig(), { build: { outDir } });
  await build(config);
  const server = await preview(mergeConfig(config, { preview: { port: 0, host: "localhost" } }));
  const browser = await chromium.launch({
    executablePath: path,
    env: { ...process.env, ...env } as Record<string, string>,
    args: [
      ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
      ...["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"],
    ],
  });
  return {
    ...{ address: server.resolvedUrls!.local[0]!, browser, outDir },
    async close() {
      await browser.close();
      await closeServer(server);
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

async function closeServer(server: PreviewServer): Promise<void> {
  const { httpServer } = server;
  if (!httpServer.listening) return;
  if ("closeAllConnections" in httpServer) httpServer.closeAllConnections();
  await server.close();
}

/** Milliseconds that a test waits for anything. */
export const PATIENCE = 150_000;

export interface Visit {
  readonly language?: "en" | "zh";
  readonly theme?: "light" | "dark";
  readonly backend?: "simd" | "webgpu";
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A page of its own, and what it has complained about. */
export interface Visited {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, and those that nobody caught. */
  readonly complaints: string[];
}

/** A reader who has never been here, with choices made. */
export async function visitor(
  { address, browser }: Lab,
  {
    language = "en",
    theme = "light",
    backend = "simd",
    viewport = { width: 1200, height: 900 },
  }: Visit = {},
): Promise<Visited> {
  const context = await browser.newContext({ viewport, baseURL: address });
  await context.addInitScript(
    (choices) => {
      for (const [name, choice] of Object.entries(choices)) {
        localStorage[`tx-lab.${name}`] ??= choice;
      }
    },
    { language, theme, backend },
  );
  const page = await context.newPage();
  // For a loaded machine; nothing takes as long.
  page.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  return { page, context, complaints };
}
