// npm run docs:walk: runs the code of docs/the-transformer-walked.md and writes what it shows there.
import { readFileSync, writeFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import { pageFile, walked } from "./walk";

writeFileSync(pageFile, await walked(readFileSync(pageFile, "utf8")));
