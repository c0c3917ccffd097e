export { loadHuggingFace, saveHuggingFace } from "./hugging-face";
export { type LoadModelOptions, loadModel } from "./load-model";
export { openCheckpoint } from "./open-checkpoint";
export { saveModel } from "./save-model";
