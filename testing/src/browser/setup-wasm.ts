import { bringUp } from "./bring-up";

// vitest runs this before each test file, so a file that switches backends does not disturb the next.
await bringUp("wasm");
