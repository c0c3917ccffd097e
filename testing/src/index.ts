export { bringUp, type TestBackend } from "./bring-up";
export { expectClose, type Tolerance } from "./close";
export { installDawn } from "./dawn";
export { expectGradients, type GradientOptions } from "./gradient";
export { hostileJson, sharedNames } from "./hostile-json";
export { expectNoLeak } from "./leak";
export { expectExamplesRun, expectReadmeRuns } from "./readme";
