export { registerGradients } from "./register-gradients";
