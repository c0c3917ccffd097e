import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A browser, as scripts/chromium.mjs finds it. */
export interface Chromium {
  readonly path: string;
  readonly env: Record<string, string>;
}

declare module "vitest" {
  interface ProvidedContext {
    chromium: Chromium | undefined;
  }
}

export interface Visit {
  /** The page's program in one file. Default: none, and serve answers everything. */
  readonly script?: string;
  /** What the page's address ends with, such as "?threads=3". */
  readonly query?: string;
  /** Of the browser. Default: no GPU. */
  readonly flags?: readonly string[];
  /** Of the page and its scripts. */
  readonly headers?: Record<string, string>;
  /** Answers what the page asks the server for besides. */
  serve?(request: IncomingMessage, response: ServerResponse): void;
}

/** A program in one file, as a bundler makes it. */
export async function bundle(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2022",
  });
  return outputFiles[0]!.text;
}

/**
 * Opens the page in the browser and waits until it has told its result, by a POST of JSON to
 * /result.
 *
 * @throws Error of the page, told as `{ problem }`, or if the browser ends before.
 */
export async function visit<T extends object>(chromium: Chromium, page: Visit): Promise<T> {
  const { script, query = "", flags = ["--disable-gpu"], headers = {}, serve } = page;
  const profile = mkdtempSync(join(tmpdir(), "tx-chromium-"));
  let told = (_: T | { problem: string }) => {};
  const result = new Promise<T | { problem: string }>((resolve) => {
    told = resolve;
  });
  const server = createServer((request, response) => {
    const send = (type: string, body: string) => answer(response, { ...headers, type }, body);
    const path = request.url!.split("?", 1)[0];
    if (path === "/" && script !== undefined)
      send("text/html", `<script src="/bundle.js"></script>`);
    else if (path === "/bundle.js" && script !== undefined) send("text/javascript", script);
    else if (path === "/result") {
      let body = "";
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => {
        send("text/plain", "");
        told(JSON.parse(body));
      });
    } else if (serve) serve(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const all = ["--headless", "--no-sandbox", `--user-data-dir=${profile}`, ...flags];
  const browser = spawn(chromium.path, [...all, `http://localhost:${port}/${query}`], {
    env: { ...process.env, ...chromium.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  browser.stderr.on("data", (piece) => {
    log += piece;
  });
  const ended = new Promise<void>((resolve) => {
    browser.on("error", (error) => told({ problem: error.message }));
    browser.on("close", (code) => {
      told({ problem: `expected a result, got the browser's end with ${code}: ${log}` });
      resolve();
    });
  });
  const got = await result;
  browser.kill();
  await ended;
  server.closeAllConnections();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  if ("problem" in got) throw new Error(got.problem);
  return got;
}

function answer(response: ServerResponse, headers: Record<string, string>, body: string): void {
  const { type, ...others } = headers;
  response.writeHead(200, { ...others, "content-type": type }).end(body);
}
