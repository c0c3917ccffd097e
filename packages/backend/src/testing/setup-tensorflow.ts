import { useBackend } from "../index";

// vitest runs this before each test file, so a file that switches backends does not disturb the next.
await useBackend(process.env.TX_TENSORFLOW_BACKEND as "node" | "node-gpu");
