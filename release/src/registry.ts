import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { run } from "./run";

export interface Registry {
  /** Such as http://127.0.0.1:4873/ */
  readonly url: string;
  /** What npm, pnpm and changesets need in their environment to use it and no other. */
  readonly env: Record<string, string>;
  close(): Promise<void>;
}

/**
 * A registry of our own on the loopback address, which keeps what is published to it in a folder and
 * asks npm's own registry, whichever npm is set to, for everything but our packages.
 *
 * @param verdaccio The folder of the package.
 * @param folder An empty one of its own.
 */
export async function startRegistry(verdaccio: string, folder: string): Promise<Registry> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const config = join(folder, "config.json");
  // Verdaccio reads YAML, of which JSON is a part.
  writeFileSync(config, JSON.stringify(await settings(folder)));
  const server = spawn(
    process.execPath,
    [join(verdaccio, "bin", "verdaccio"), "--config", config, "--listen", `127.0.0.1:${port}`],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (piece) => (log += piece));
  await answers(url, server, () => log);
  const userConfig = join(folder, "npmrc");
  // Whoever comes is let in, but npm does not publish without a token.
  writeFileSync(userConfig, `registry=${url}\n//127.0.0.1:${port}/:_authToken=rehearsal\n`);
  const env = {
    npm_config_registry: url,
    npm_config_userconfig: userConfig,
    npm_config_cache: join(folder, "npm-cache"),
    npm_config_update_notifier: "false",
  };
  return {
    url,
    env,
    async close() {
      const ended = once(server, "close");
      server.kill();
      await ended;
    },
  };
}

async function settings(folder: string): Promise<object> {
  const said = async (name: string) => {
    const value = (await run("npm", ["config", "get", name], { cwd: folder })).trim();
    return value === "null" || value === "undefined" ? undefined : value;
  };
  const [url, proxy] = await Promise.all([said("registry"), said("https-proxy")]);
  return {
    storage: join(folder, "storage"),
    uplinks: { upstream: { url, cache: true, maxage: "60m", timeout: "60s" } },
    packages: {
      "@tx/*": { access: "$all", publish: "$all" },
      "**": { access: "$all", proxy: "upstream" },
    },
    ...(proxy === undefined ? {} : { https_proxy: proxy }),
    max_body_size: "100mb",
    web: { enable: false },
    log: { type: "stdout", format: "pretty", level: "warn", colors: false },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

const PATIENCE = 300_000;

async function answers(url: string, server: ChildProcess, log: () => string): Promise<void> {
  const until = Date.now() + PATIENCE;
  while (Date.now() < until && server.exitCode === null) {
    const ready = await fetch(new URL("-/ping", url)).catch(() => undefined);
    if (ready?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill();
  throw new Error(`registry: expected an answer at ${url}, got none:\n${log()}`);
}
