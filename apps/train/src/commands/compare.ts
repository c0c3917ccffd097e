import { comparePage } from "../report/compare-page";
import { runDataOf } from "../report/run-data";
import { writePage } from "../report/write-page";
import { loadFromFolder } from "../runs/run-folder";
import type { CompareLine } from "./command-line";

/** Writes one page with the curves of several runs. */
export async function compareCommand(
  { runs, out }: CompareLine,
  output: Pick<NodeJS.WriteStream, "write">,
): Promise<number> {
  const data = [];
  for (const run of runs) data.push(await runDataOf(await loadFromFolder(run, "compare")));
  await writePage(out, comparePage(data));
  output.write(`${out}\n`);
  return 0;
}
