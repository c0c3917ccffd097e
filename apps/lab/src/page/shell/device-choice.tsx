import { useId } from "preact/hooks";
import { say } from "../language";
import { isOffline } from "../stay-offline";
import { ui } from "../texts";
import { type BackendChoice, backendChoices } from "../worker/calls";
import { backend, device } from "../worker/engine";

/** What the page computes on, and another to choose. */
export function DeviceChoice() {
  const id = useId();
  return (
    <div class="device">
      <label for={id}>{say(ui.device)}</label>
      <select
        id={id}
        value={backend.value}
        onChange={({ currentTarget }) => {
          backend.value = currentTarget.value as BackendChoice;
        }}
      >
        {backendChoices.map((choice) => (
          <option key={choice} value={choice}>
            {say(ui.backends[choice])}
          </option>
        ))}
      </select>
      <DeviceLine />
      {isOffline.value && <p class="soft">{say(ui.offline)}</p>}
    </div>
  );
}

/** What the page computes on, in a line. */
export function DeviceLine() {
  const { value } = device;
  if (!value)
    return (
      <p class="soft" data-device="starting">
        {say(ui.starting)}
      </p>
    );
  if ("problem" in value) {
    return (
      <p class="problem" data-device="none">
        {say(ui.backendFailed(value.problem))}
      </p>
    );
  }
  return (
    <p class="soft" data-device={value.name}>
      <b>{value.name}</b> · {value.device}
      {value.name === "simd" && !value.isolated && <> · {say(ui.oneThread)}</>}
    </p>
  );
}
