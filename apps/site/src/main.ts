import { Command } from "commander";
import { build, preview } from "./builder";

const program = new Command("tx-site").description(
  "The documentation, from the repository's own pages and docstrings.",
);
program
  .command("build", { isDefault: true })
  .description("write the site into apps/site/dist")
  .action(build);
program
  .command("preview")
  .description("build it, and serve it on this machine")
  .option("--port <number>", "port", "4173")
  .action(async ({ port }: { port: string }) => {
    await build();
    await preview(Number(port));
  });
await program.parseAsync();
