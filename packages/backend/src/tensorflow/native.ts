import type { DataType, KernelBackend, Tensor, TensorInfo } from "@tensorflow/tfjs-core";

/** An attribute of one of TensorFlow's own operations. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** tfjs-node's backend (4.22.0), as much of it as is public and used here. */
export interface NativeBackend extends KernelBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: Readonly<
    Record<
      | "TF_ATTR_TYPE"
      | "TF_ATTR_INT"
      | "TF_ATTR_FLOAT"
      | "TF_ATTR_BOOL"
      | "TF_ATTR_STRING"
      | "TF_ATTR_SHAPE"
      | "TF_FLOAT"
      | "TF_INT32",
      number
    >
  >;
  /** Runs an operation of TensorFlow; its result belongs to the surrounding tidy. */
  executeSingleOutput(name: string, attributes: Attribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: TensorInfo[],
    outputs: number,
  ): Tensor[];
}

/** Makes the attributes of TensorFlow's operations. */
export function attributesFor({ binding }: NativeBackend) {
  return {
    type: (name: string, dtype: DataType = "float32"): Attribute => ({
      name,
      type: binding.TF_ATTR_TYPE,
      value: dtype === "int32" ? binding.TF_INT32 : binding.TF_FLOAT,
    }),
    int: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_INT, value }),
    flag: (name: string, value: boolean): Attribute => ({
      name,
      type: binding.TF_ATTR_BOOL,
      value,
    }),
    text: (name: string, value: string): Attribute => ({
      name,
      type: binding.TF_ATTR_STRING,
      value,
    }),
    shape: (name: string, value: number[]): Attribute => ({
      name,
      type: binding.TF_ATTR_SHAPE,
      value,
    }),
  };
}
