import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";

/** What a program tells tfjs-backend-webgpu 4.22.0; see ./program.ts for how we use it. */
interface BackendProgram {
  /** Its name labels pipelines, and times where programs are timed. */
  constructor: { readonly name: string };
  variableNames: string[];
  outputShape: number[];
  shaderKey: string;
  workgroupSize: [number, number, number];
  dispatchLayout: { x: number[]; y: number[] };
  dispatch: [number, number, number];
  uniforms: string;
  getUserCode(): string;
}

/** A number that a program reads beside its tensors. */
export interface Uniform {
  readonly type: "int32" | "uint32" | "float32";
  readonly data: number[];
}

/** As much of a WebGPU device as we look at. */
export interface Device {
  readonly features: { has(feature: string): boolean };
  readonly limits: {
    readonly maxComputeWorkgroupsPerDimension: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxStorageBuffersPerShaderStage: number;
  };
  createShaderModule(descriptor: { readonly code: string; readonly label?: string }): unknown;
}

/** As much of tfjs's WebGPU backend as we call: public members alone, none of its modules. */
export interface WebgpuBackend {
  readonly device: Device;
  /** What it knows of a tensor's numbers: the host's copy among it. */
  readonly tensorMap: { get(dataId: object): object };
  runWebGPUProgram(
    program: BackendProgram,
    inputs: TensorInfo[],
    outputType: DataType,
    uniforms: Uniform[],
    output: TensorInfo,
  ): TensorInfo;
  makeTensorInfo(shape: number[], dtype: DataType, values?: Float32Array): TensorInfo;
  disposeData(dataId: object): boolean;
  refCount(dataId: object): number;
  incRef(dataId: object): void;
}
