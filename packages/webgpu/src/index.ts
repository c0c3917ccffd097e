import { registerWebgpu } from "./register";

export { type DeviceFeature, deviceFeatures } from "./features";
export { registerWebgpu } from "./register";
export { configureWebgpu, type WebgpuSettings } from "./settings";

registerWebgpu();
