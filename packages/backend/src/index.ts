export { BackendError } from "./backend-error";
export { type BackendName, backendNames } from "./backend-names";
export type { BackendOptions } from "./backends/open";
export { type AdapterInfo, isSoftwareAdapter } from "./software-adapter";
export { type ActiveBackend, useBackend } from "./use-backend";
