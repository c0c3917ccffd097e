export { explainMissingGradients } from "./missing-gradients";
export { registerGradients } from "./register-gradients";
