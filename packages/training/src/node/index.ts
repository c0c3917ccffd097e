export { loadRun, saveRun } from "./run-folder";
