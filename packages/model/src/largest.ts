/**
 * Places of the largest numbers, from the largest down, of equals the first first. Numbers that are
 * not among them cost one comparison each.
 */
export function largest(numbers: ArrayLike<number>, count: number): number[] {
  // A heap whose root is the last of those kept.
  const heap: number[] = [];
  const worse = (a: number, b: number) =>
    numbers[a]! < numbers[b]! || (numbers[a]! === numbers[b]! && a > b);
  for (let place = 0; place < numbers.length; place++) {
    if (heap.length < count) rise(heap, place, worse);
    else if (numbers[place]! > numbers[heap[0]!]!) sink(heap, place, worse);
  }
  return heap.sort((a, b) => numbers[b]! - numbers[a]! || a - b);
}

type Before = (a: number, b: number) => boolean;

/** Adds to the heap. */
function rise(heap: number[], place: number, before: Before): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(place, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = place;
}

/** Takes the root's place. */
function sink(heap: number[], place: number, before: Before): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
    if (!before(heap[child]!, place)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = place;
}
