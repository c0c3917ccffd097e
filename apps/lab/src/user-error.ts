/** A mistake in what the user asked for: its message is one line and all that is shown. */
export class UserError extends Error {
  override readonly name = "UserError";
}
