import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const worker = fileURLToPath(new URL("./service-worker.js", import.meta.url));

/**
 * Writes the service worker with the names of all files of the page. Our own and not Workbox's: it
 * keeps one list of files, and gives pages the headers that threads need, from servers too that
 * cannot be told to.
 */
export function offline(): Plugin {
  let publicFolder = "";
  return {
    name: "offline",
    apply: "build",
    configResolved(config) {
      publicFolder = config.publicDir;
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const digest = createHash("sha256");
        for (const [name, part] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
          digest.update(name).update(part.type === "chunk" ? part.code : part.source);
        }
        const still = readdirSync(publicFolder);
        for (const file of still) digest.update(readFileSync(join(publicFolder, file)));
        const files = ["./", ...Object.keys(bundle).filter(isKept), ...still];
        const source = readFileSync(worker, "utf8")
          .replace('"@files"', JSON.stringify(files))
          .replace("@version", digest.digest("hex").slice(0, 12));
        this.emitFile({ type: "asset", fileName: "service-worker.js", source });
      },
    },
  };
}

const isKept = (name: string) => name !== "index.html" && !name.endsWith(".map");
