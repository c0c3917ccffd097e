import { engine, reshape, type Tensor, util } from "@tensorflow/tfjs-core";
import { isWatched } from "./run-kernel";
import { ShapeError } from "./shapes";

/**
 * The same numbers in another shape, as tfjs's reshape; nothing is copied. Where no gradient is being
 * taken it spares tfjs-core 4.22.0's bookkeeping, which costs decoding token by token dear.
 *
 * @param shape Of as many numbers as x.
 * @throws ShapeError if it has another number.
 */
export function viewAs<T extends Tensor>(x: Tensor, shape: readonly number[]): T {
  const size = util.sizeFromShape(shape as number[]);
  if (size !== x.size) {
    throw new ShapeError(
      `shape: expected ${x.size} numbers as in [${x.shape.join(", ")}], got [${shape.join(", ")}]`,
    );
  }
  const { backend, backendName } = engine();
  // Numbers that another backend holds are moved by reshape. TensorFlow's library keeps the shape with
  // the numbers: under tfjs-node 4.22.0 a tensor that only shares them computes in its first shape.
  if (isWatched() || backendName === "tensorflow" || backend.refCount(x.dataId) === 0) {
    return reshape(x, [...shape]) as T;
  }
  backend.incRef(x.dataId);
  const { dataId, dtype } = x;
  return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }) as T;
}
