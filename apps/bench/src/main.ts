import { Command } from "commander";
import { addAttention } from "./commands/attention";
import { addCheck } from "./commands/check";
import { addGenerate } from "./commands/generate";
import { addLoad } from "./commands/load";
import { addProducts } from "./commands/products";
import { addStep } from "./commands/step";
import { UserError } from "./user-error";

const program = new Command("tx-bench").description(
  "Measures tx. Close other programs first: the machine's load is printed beside the times.",
);
addStep(program);
addGenerate(program);
addProducts(program);
addAttention(program);
addLoad(program);
addCheck(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`tx-bench: ${error.message}`);
  process.exitCode = 1;
}
