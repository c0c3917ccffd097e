import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";

/** What a program tells tfjs-backend-webgpu 4.22.0; see ./program.ts for how we use it. */
interface BackendProgram {
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

/** As much of tfjs's WebGPU backend as we call: public methods alone, none of its modules. */
export interface WebgpuBackend {
  readonly device: {
    readonly limits: {
      readonly maxComputeWorkgroupsPerDimension: number;
      readonly maxStorageBufferBindingSize: number;
    };
  };
  runWebGPUProgram(
    program: BackendProgram,
    inputs: TensorInfo[],
    outputType: DataType,
    uniforms: Uniform[],
    output: TensorInfo,
  ): TensorInfo;
  makeTensorInfo(shape: number[], dtype: DataType, values?: Float32Array): TensorInfo;
  disposeData(dataId: object): boolean;
}
