/** Why no public function can be asked for a case: it counts as not mapped, never as passed. */
export class NotMapped extends Error {
  override readonly name = "NotMapped";
}
