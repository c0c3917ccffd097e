import { readFileSync } from "node:fs";
import { bundleSize, exportsOf, type Pick } from "@tx/testing/bundle-size";
import type { EmptyFolder } from "./empty-folder";

interface Budget extends Pick {
  /** How it is compressed. Default "gzip". */
  readonly as?: "gzip" | "brotli";
  readonly most: number;
}

/** Most bytes, minified and compressed, TensorFlow.js apart. */
export interface Budgets {
  /** Of what somebody might pick. */
  readonly picks: readonly Budget[];
  /** Of any one export of an entry, alone. */
  readonly exports: Readonly<Record<string, number>>;
}

export interface Sized {
  readonly name: string;
  readonly as: "gzip" | "brotli";
  readonly bytes: number;
  readonly most: number;
}

export const budgets = JSON.parse(
  readFileSync(new URL("../budgets.json", import.meta.url), "utf8"),
) as Budgets;

export const isTensorFlow = (path: string) => path.startsWith("@tensorflow/");

/**
 * What a bundler makes of the installed packages: each pick, and each export by itself.
 *
 * @throws Error that lists all that is larger than its budget.
 */
export async function checkSizes(home: EmptyFolder): Promise<Sized[]> {
  const options = { folder: home.path, apart: isTensorFlow };
  const wanted: Budget[] = [...budgets.picks];
  for (const [entry, most] of Object.entries(budgets.exports)) {
    for (const name of await exportsOf(entry, options)) {
      wanted.push({ name: `{ ${name} } of ${entry}`, imports: { [entry]: [name] }, most });
    }
  }
  const sized: Sized[] = [];
  for (const pick of wanted) {
    const { name, as = "gzip", most } = pick;
    const { [as]: bytes } = await bundleSize(pick, options);
    sized.push({ name, as, bytes, most });
  }
  const large = sized.filter(({ bytes, most }) => bytes > most);
  if (large.length === 0) return sized;
  const told = large.map(
    ({ name, as, bytes, most }) => `${name}: expected ${most} as ${as}, got ${bytes}`,
  );
  throw new Error(`sizes in bytes, TensorFlow.js apart:\n${told.join("\n")}`);
}
