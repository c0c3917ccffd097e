import { useId } from "preact/hooks";
import type { NumberParameter, Parameter, Values } from "../../experiment/experiment";
import { grouped, say } from "../language";
import { Words } from "./words";

type Value = Values[string];

export interface FieldsProps {
  readonly parameters: readonly Parameter[];
  readonly values: Values;
  readonly disabled?: boolean;
  onChange(name: string, value: Value): void;
}

/** A form of parameters: a slider with its number, a choice or a switch each. */
export function Fields({ parameters, values, disabled = false, onChange }: FieldsProps) {
  return (
    <div class="fields">
      {parameters.map((parameter) => (
        <Field
          key={parameter.name}
          {...{ parameter, disabled }}
          value={values[parameter.name]!}
          onChange={(value) => onChange(parameter.name, value)}
        />
      ))}
    </div>
  );
}

interface FieldProps<P extends Parameter = Parameter> {
  readonly parameter: P;
  readonly value: Value;
  readonly disabled: boolean;
  onChange(value: Value): void;
}

function Field({ parameter, value, disabled, onChange }: FieldProps) {
  const id = useId();
  switch (parameter.kind) {
    case "number":
      return <NumberField {...{ parameter, value, disabled, onChange }} />;
    case "choice":
      return (
        <div class="field">
          <label for={id}>
            <Words>{say(parameter.label)}</Words>
          </label>
          <select
            {...{ id, disabled, value: String(value) }}
            name={parameter.name}
            onChange={({ currentTarget }) => onChange(currentTarget.value)}
          >
            {parameter.choices.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {say(choice.label)}
              </option>
            ))}
          </select>
        </div>
      );
    case "switch":
      return (
        <div class="field">
          <label class="switch" for={id}>
            <input
              {...{ id, disabled, checked: value === true }}
              type="checkbox"
              name={parameter.name}
              onChange={({ currentTarget }) => onChange(currentTarget.checked)}
            />
            <span>
              <Words>{say(parameter.label)}</Words>
            </span>
          </label>
        </div>
      );
  }
}

/** Places of a slider that moves by factors. */
const PLACES = 200;

function NumberField({ parameter, value, disabled, onChange }: FieldProps<NumberParameter>) {
  const id = useId();
  const { min, max, step, unit, log = false } = parameter;
  const number = Number(value);
  const ratio = Math.log(max / Math.max(min, Number.MIN_VALUE));
  const place = log ? Math.round((PLACES * Math.log(number / min)) / ratio) : number;
  const fromPlace = (at: number) =>
    log ? rounded(min * Math.exp((ratio * at) / PLACES), parameter) : at;
  return (
    <div class="field">
      <span class="label">
        <label for={id}>
          <Words>{say(parameter.label)}</Words>
        </label>
        <output for={id}>
          {shownNumber(number)}
          {unit ? ` ${unit}` : ""}
        </output>
      </span>
      <input
        {...{ id, disabled }}
        type="range"
        name={parameter.name}
        min={log ? 0 : min}
        max={log ? PLACES : max}
        step={log ? 1 : step}
        value={place}
        aria-valuetext={`${number}${unit ? ` ${unit}` : ""}`}
        onInput={({ currentTarget }) => onChange(fromPlace(Number(currentTarget.value)))}
      />
    </div>
  );
}

/** The nearest number of the step, or of three digits where steps are finer. */
function rounded(number: number, { min, max, step }: NumberParameter): number {
  const stepped = Math.round(number / step) * step;
  const digits = Number((stepped || number).toPrecision(3));
  const whole = Number.isInteger(step) && Number.isInteger(min) ? Math.round(digits) : digits;
  return Math.min(max, Math.max(min, whole));
}

const shownNumber = (number: number): string =>
  Number.isInteger(number) ? grouped(number) : String(Number(number.toPrecision(3)));
