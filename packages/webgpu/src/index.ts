import { registerWebgpu } from "./register";

export { registerWebgpu } from "./register";

registerWebgpu();
