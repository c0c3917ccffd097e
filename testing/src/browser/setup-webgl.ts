import { env } from "@tensorflow/tfjs-core";
import { bringUp } from "./bring-up";

// vitest runs this before each test file, so a file that switches backends does not disturb the next.
await bringUp("webgl");
// By itself tfjs works out small tensors on the CPU, and most are small here.
env().set("WEBGL_CPU_FORWARD", false);
