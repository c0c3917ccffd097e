/** Something the user can put right: the message is shown as it is, without a stack. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, " ").trim();
}

/** What the operating system said, in words: `no space left on device` instead of `ENOSPC: no space …`. */
export function systemReason(error: unknown): string {
  return messageOf(error).replace(/^E[A-Z]+: (.*?)(, \w+.*)?$/, "$1");
}
