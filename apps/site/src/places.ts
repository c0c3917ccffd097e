import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** This app, and the repository that it is a part of. */
export const appFolder = fileURLToPath(new URL("..", import.meta.url));
export const repository = join(appFolder, "..", "..");
/** Where pages are put together, and what is published. Git ignores both. */
export const sourceFolder = join(appFolder, ".site");
export const outputFolder = join(appFolder, "dist");
