import { Command } from "commander";
import { addAttention } from "./commands/attention";
import { addCheck } from "./commands/check";
import { addCounts } from "./commands/counts";
import { addDocsPerformance } from "./commands/docs-performance";
import { addGenerate } from "./commands/generate";
import { addLoad } from "./commands/load";
import { addOps } from "./commands/ops";
import { addPackPortable } from "./commands/pack-portable";
import { addPositional } from "./commands/positional";
import { addProducts } from "./commands/products";
import { addReport } from "./commands/report";
import { addSetupPeers } from "./commands/setup-peers";
import { addSize } from "./commands/size";
import { addStartUp } from "./commands/start-up";
import { addStep } from "./commands/step";
import { addSuite } from "./commands/suite";
import { UserError } from "./user-error";

const program = new Command("tx-bench").description(
  "Measures tx. Close other programs first: the machine's load is printed beside the times.",
);
addStep(program);
addGenerate(program);
addAttention(program);
addOps(program);
addPositional(program);
addStartUp(program);
addSize(program);
addProducts(program);
addCounts(program);
addLoad(program);
addCheck(program);
addReport(program);
addDocsPerformance(program);
addSuite(program);
addPackPortable(program);
addSetupPeers(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`tx-bench: ${error.message}`);
  process.exitCode = 1;
}
