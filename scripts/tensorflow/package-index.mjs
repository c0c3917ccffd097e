/** The wheel without pip: from the index that pip's environment or settings name, never another. */
import { createHash } from "node:crypto";
import { createWriteStream, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Unavailable } from "./unavailable.mjs";
import { isWheel } from "./wheel.mjs";

/** @throws Unavailable if no index is named, it cannot be reached, or lacks the wheel. */
export async function downloadFromIndex(wheel, folder) {
  const index = indexOf(process.env, readSettings);
  if (index === undefined) {
    throw new Unavailable(
      "--wheel: expected pip, or an index in PIP_INDEX_URL or pip.conf, got neither; install pip (Debian: apt install python3-pip) or use --libtensorflow DIR",
    );
  }
  const page = new URL(`${wheel.name}/`, index.endsWith("/") ? index : `${index}/`);
  const answer = await get(page, "application/vnd.pypi.simple.v1+json, text/html;q=0.5");
  const file = filesOf(await answer.text(), answer.url || page.href).find(({ name }) =>
    isWheel(name, wheel),
  );
  if (file === undefined) {
    throw new Unavailable(
      `--wheel: expected ${wheel.name} ${wheel.version} for Linux on x64 on the index, got none`,
    );
  }
  const path = join(folder, file.name);
  await save(await get(file.url, "*/*"), path, file.sha256);
  return path;
}

/** PIP_INDEX_URL, or index-url of pip's settings: the user's before the machine's. */
export function indexOf(env, read) {
  if (env.PIP_INDEX_URL) return env.PIP_INDEX_URL;
  const places = [
    env.PIP_CONFIG_FILE,
    join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "pip", "pip.conf"),
    join(homedir(), ".pip", "pip.conf"),
    "/etc/pip.conf",
  ];
  for (const place of places.filter(Boolean)) {
    const index = /^\s*index[-_]url\s*[=:]\s*(\S+)/m.exec(read(place))?.[1];
    if (index) return index;
  }
  return undefined;
}

/** The files of an index's page, as JSON (PEP 691) or HTML (PEP 503). */
export function filesOf(page, address) {
  const fileOf = (link, name, sha256) => ({ name, url: new URL(link, address).href, sha256 });
  if (page.trimStart().startsWith("{")) {
    const { files } = JSON.parse(page);
    return files.map(({ url, filename, hashes }) => fileOf(url, filename, hashes?.sha256));
  }
  return [...page.matchAll(/<a\s[^>]*href="([^"]+)"[^>]*>\s*([^<\s]+)\s*<\/a>/g)].map(
    ([, link, name]) => {
      const [, sha256] = /#sha256=([0-9a-f]{64})/.exec(link) ?? [];
      return fileOf(link.replaceAll("&amp;", "&"), name, sha256);
    },
  );
}

function readSettings(place) {
  try {
    return readFileSync(place, "utf8");
  } catch {
    return "";
  }
}

async function get(url, accept) {
  let answer;
  try {
    answer = await fetch(url, { headers: { accept } });
  } catch (error) {
    throw new Unavailable(
      `the index of pip cannot be reached (${error.cause?.code ?? error.message}). Check the network, or use --libtensorflow DIR.`,
      { cause: error },
    );
  }
  if (!answer.ok) {
    throw new Unavailable(`the index of pip: expected an answer, got status ${answer.status}`);
  }
  return answer;
}

async function save(answer, path, sha256) {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(piece, _, done) {
      hash.update(piece);
      done(null, piece);
    },
  });
  await pipeline(Readable.fromWeb(answer.body), hashing, createWriteStream(path));
  const found = hash.digest("hex");
  if (sha256 !== undefined && found !== sha256) {
    throw new Error(`the wheel: expected SHA-256 ${sha256}, got ${found}`);
  }
}
