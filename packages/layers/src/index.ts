export { asLayer, type LayerDefinition, type LayerMaker } from "./as-layer";
export { type LayerCall, ModuleLayer } from "./module-layer";
