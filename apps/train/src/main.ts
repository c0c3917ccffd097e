#!/usr/bin/env node
import { program } from "./program";

const code = await program(process.argv.slice(2), process);
// A GPU device would keep the process alive; what was written has to get out first.
process.stdout.write("", () => process.exit(code));
