export { expectClose, type Tolerance } from "../close";
export { expectGradients, type GradientOptions } from "../gradient";
export { expectNoLeak } from "../leak";
export { bringUp, installDawn, type TestBackend } from "./bring-up";
