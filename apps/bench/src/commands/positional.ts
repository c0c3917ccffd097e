import type { Command } from "commander";
import { configOf } from "../configs";
import { layerWork } from "../positional/layer-work";
import { strategies } from "../positional/strategies";
import { circumstanceRows, circumstances, digits, formatRows, writeJson } from "../report";
import { type Contest, type Contestant, takeTurns } from "../turns";
import { UserError } from "../user-error";
import { type BackendOptions, backendCommand, bringUp, wholeNumber } from "./common";

export function addPositional(program: Command): void {
  backendCommand(
    program,
    "positional",
    "time one attention layer with each positional strategy, forward and a training step",
  )
    .option("--config <name|file>", "whose sizes: as for step", "small")
    .option("--only <text>", "strategies whose name has this in it, such as rope")
    .option("--runs <n>", "timed turns of each", wholeNumber, 7)
    .action(positional);
}

interface PositionalOptions extends BackendOptions {
  config: string;
  only?: string;
  runs: number;
}

const PASSES = ["forward", "step"] as const;

async function positional(options: PositionalOptions): Promise<void> {
  const config = configOf(options.config);
  const chosen = Object.keys(strategies).filter((name) => name.includes(options.only ?? ""));
  if (chosen.length === 0) {
    const names = Object.keys(strategies).join("; ");
    throw new UserError(`--only: expected a part of ${names}, got ${options.only}`);
  }
  const backend = await bringUp(options);
  const works = chosen.map((name) => ({ name, work: layerWork(name, config) }));
  const contestants = works.flatMap(({ name, work }) =>
    PASSES.map(
      (pass): Contestant => ({
        name: `${name}, ${pass}`,
        turn: async () => [await work[pass]()],
        about: () => ({ strategy: name, pass }),
      }),
    ),
  );
  const contest = await takeTurns(contestants, options.runs);
  for (const { work } of works) work.dispose();
  const { standings, failures } = contest;
  const report = {
    ...circumstances("positional", backend, contest.contention),
    ...{ configName: options.config, config, standings, failures },
  };
  console.log(
    formatRows([
      ["config", `${options.config} ${JSON.stringify(config)}, one layer`],
      ...chosen.map((name) => rowOf(name, chosen[0]!, contest)),
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}

/** Both passes of a strategy, against the first one's. */
function rowOf(name: string, first: string, { standings, failures }: Contest): [string, string] {
  const parts = PASSES.map((pass) => {
    const find = (strategy: string) =>
      standings.find((standing) => standing.name === `${strategy}, ${pass}`);
    const [own, base] = [find(name), find(first)];
    if (!own) {
      const failure = failures.find((one) => one.name === `${name}, ${pass}`);
      return `${pass} cannot: ${failure?.error}`;
    }
    const ratio =
      base && name !== first ? ` (${(own.median / base.median).toFixed(2)} times ${first})` : "";
    return `${pass} ${digits(own.median)} ms${ratio}`;
  });
  return [name, parts.join(", ")];
}
