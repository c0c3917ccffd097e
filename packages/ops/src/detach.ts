import { engine, type Tensor } from "@tensorflow/tfjs-core";

/**
 * The same numbers as a constant: no gradient flows through, and what is computed from it alone is
 * not part of a backward pass, so operations without a gradient may follow. Nothing is copied.
 *
 * tfjs-core 4.22.0 has no such operation: a function of customGrad still stands between its input and
 * all that follows, whose gradients are then computed only to be thrown away.
 */
export function detach<T extends Tensor>(x: T): T {
  const { backend } = engine();
  // Numbers that another backend holds are moved here first.
  if (backend.refCount(x.dataId) === 0) engine().moveData(backend, x.dataId);
  backend.incRef(x.dataId);
  const { dataId, shape, dtype } = x;
  return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }) as T;
}
