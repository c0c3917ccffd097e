import { Command } from "commander";
import { addPositions } from "./positions/command";
import { UserError } from "./user-error";

const program = new Command("tx-lab").description("Experiments on the parts of a Transformer.");
addPositions(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`tx-lab: ${error.message}`);
  process.exitCode = 1;
}
