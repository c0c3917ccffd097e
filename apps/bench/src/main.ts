import { version } from "node:process";
import { backendNames, useBackend } from "@tx/backend";
import { Command, InvalidArgumentError } from "commander";
import { configOf, configs } from "./configs";
import { formatStep, type StepReport, writeJson } from "./report";
import { measureStep } from "./step";
import { UserError } from "./user-error";

const program = new Command("tx-bench").description(
  "Measures tx. Close other programs first: the machine's load is printed beside the times.",
);

program
  .command("step")
  .description("time one training step of a GPT: forward, backward, clipping and AdamW")
  .option("--config <name|file>", `${Object.keys(configs).join(", ")} or a JSON file`, "small")
  .option("--backend <name>", Object.keys(backendNames).join(", "), "auto")
  .option("--steps <n>", "timed steps, after three to warm up", wholeNumber, 20)
  .option("--json <file>", "also write the figures to a file")
  .action(step);

interface StepOptions {
  config: string;
  backend: string;
  steps: number;
  json?: string;
}

async function step(options: StepOptions): Promise<void> {
  const config = configOf(options.config);
  const { name, device } = await backendOf(options.backend);
  const measured = await measureStep(config, options.steps);
  const report: StepReport = {
    ...{ backend: name, device, configName: options.config, config },
    ...measured,
    ...{ node: version, date: new Date().toISOString() },
  };
  console.log(formatStep(report));
  if (options.json !== undefined) writeJson(options.json, report);
}

async function backendOf(name: string): ReturnType<typeof useBackend> {
  try {
    return await useBackend(name as Parameters<typeof useBackend>[0]);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1)) {
    throw new InvalidArgumentError("expected a whole number from 1.");
  }
  return value;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`tx-bench: ${error.message}`);
  process.exitCode = 1;
}
