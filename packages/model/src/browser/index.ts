export { loadStoredModel, removeStoredModel, storedModels, storeModel } from "./stored-models";
