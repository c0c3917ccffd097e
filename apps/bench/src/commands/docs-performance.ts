import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { committedResults, readmeFile } from "../results/folders";
import { performanceSection, withSection } from "../results/performance";

export function addDocsPerformance(program: Command): void {
  program
    .command("docs-performance")
    .description("write the README's performance section from docs/results")
    .action(() => {
      const text = readFileSync(readmeFile, "utf8");
      writeFileSync(readmeFile, withSection(text, performanceSection(committedResults())));
      console.log(`written: ${readmeFile}`);
    });
}
