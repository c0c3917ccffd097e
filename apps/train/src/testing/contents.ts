import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { machineFields } from "../runs/metric";

/** Every byte of a run that decides how it goes on; of metrics all but how fast the machine was. */
export async function contents(folder: string) {
  const names = (await readdir(folder)).filter((name) => name !== "report.html").sort();
  return Promise.all(
    names.map(async (name) => {
      const content = await readFile(join(folder, name));
      if (!name.endsWith(".jsonl")) {
        return [name, createHash("sha256").update(content).digest("hex")];
      }
      const kept = (key: string, value: unknown) =>
        (machineFields as readonly string[]).includes(key) ? undefined : value;
      const lines = content.toString("utf8").trim().split("\n");
      return [name, lines.map((line) => JSON.stringify(JSON.parse(line), kept))];
    }),
  );
}
