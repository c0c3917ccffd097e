export { type FromHuggingFaceOptions, fromHuggingFace } from "./from-hugging-face";
export type { HuggingFaceJson } from "./hugging-face-config";
export { huggingFaceConfig, toHuggingFace } from "./to-hugging-face";
