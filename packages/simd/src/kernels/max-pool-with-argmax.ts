import { MaxPoolWithArgmax, type TensorInfo } from "@tensorflow/tfjs-core";
import { onCpu } from "../on-cpu";
import { simdKernel } from "../simd-kernel";

// The cpu backend's kernel (tfjs-backend-cpu 4.22.0) files its whole numbers under the name of
// floats, and as such they would come into the memory.
export const maxPoolWithArgmaxKernels = [
  simdKernel(MaxPoolWithArgmax, (args) => {
    const { backend } = args;
    const [pooled, places] = onCpu(MaxPoolWithArgmax, args) as [TensorInfo, TensorInfo];
    const { values } = backend.data.get(places.dataId);
    const filed = backend.makeTensorInfo(places.shape, "int32", values as Int32Array);
    backend.disposeIntermediateTensorInfo(places);
    return [pooled, filed];
  }),
];
