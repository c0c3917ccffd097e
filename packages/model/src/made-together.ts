/** Takes a part in, to free it if a later one is refused. */
export type Own = <Part extends { dispose(): void }>(part: Part) => Part;

/**
 * Makes parts one after the other: where one is refused, those made before it are freed, so that a
 * refusal leaves no variable behind.
 */
export function madeTogether<Whole>(make: (own: Own) => Whole): Whole {
  const made: { dispose(): void }[] = [];
  try {
    return make((part) => {
      made.push(part);
      return part;
    });
  } catch (error) {
    for (const part of made) part.dispose();
    throw error;
  }
}
