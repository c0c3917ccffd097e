import { registerSimd } from "./register";

export type { SimdBackend } from "./backend";
export type { Build } from "./module";
export { configureSimd, registerSimd } from "./register";
export type { SimdOptions } from "./start";

registerSimd();
