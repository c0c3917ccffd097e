import type { Progress } from "../../experiment/experiment";
import { say } from "../language";
import { ui } from "../texts";

/** How far something is, with what it is at. */
export function ProgressBar({ told }: { told: Omit<Progress, "partial"> | undefined }) {
  const share = told && told.of > 0 ? Math.min(1, told.done / told.of) : undefined;
  return (
    <div class="progress">
      <progress aria-label={say(ui.progress)} max={1} value={share} />
      <span class="soft">
        {share !== undefined && `${Math.round(100 * share)} %`}
        {told?.note && ` · ${say(told.note)}`}
      </span>
    </div>
  );
}
