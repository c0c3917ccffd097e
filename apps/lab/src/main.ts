import { Command } from "commander";
import { addQuestions } from "./command/question-commands";
import { addPage } from "./page/command";
import { addPositions } from "./positions/command";
import { UserError } from "./user-error";

const program = new Command("tx-lab").description("Experiments on the parts of a Transformer.");
addQuestions(program);
addPositions(program);
addPage(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`tx-lab: ${error.message}`);
  process.exitCode = 1;
}
