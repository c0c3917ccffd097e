import type { Axis, Language } from "../experiment/experiment";
import { power, short } from "../experiment/format";

export const small = { color: "var(--soft)", fontSize: 11 };
const line = { lineStyle: { color: "var(--line)" } };
const axisLine = { ...line, onZero: false };

/** What both axes have in common. */
const common = (axis: Axis) => ({
  type: axis.log ? ("log" as const) : ("value" as const),
  axisTick: { show: false },
  axisLine,
  ...(axis.from === undefined ? {} : { min: axis.from }),
  ...(axis.to === undefined ? {} : { max: axis.to }),
});

/** An axis across. */
export const xAxisOf = (axis: Axis, language: Language) => ({
  ...common(axis),
  name: axis.label[language],
  nameLocation: "middle" as const,
  nameGap: 28,
  nameTextStyle: small,
  splitLine: { show: false },
  axisLabel: { ...small, hideOverlap: true, formatter: tick },
});

/** An axis upwards; its name stands above it, where no picture is too narrow for it. */
export const yAxisOf = (axis: Axis, language: Language) => ({
  ...common(axis),
  scale: axis.from === undefined,
  name: axis.label[language],
  nameLocation: "end" as const,
  nameGap: 12,
  nameTextStyle: { ...small, align: "left" as const, padding: [0, 0, 0, -40] },
  splitLine: line,
  axisLabel: { ...small, formatter: tick },
  splitNumber: 5,
});

/** 0.5, 10⁻¹², 12k. */
export function tick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e6) return `${Number((value / 1e3).toPrecision(3))}k`;
  if (size >= 1e6 && size < 1e9) return `${Number((value / 1e6).toPrecision(3))}M`;
  const exponent = Math.log10(size);
  if (
    size > 0 &&
    (size < 1e-3 || size >= 1e9) &&
    Math.abs(exponent - Math.round(exponent)) < 1e-9
  ) {
    return `${value < 0 ? "−" : ""}10${power(Math.round(exponent))}`;
  }
  return short(value);
}

/** Null where a logarithm has nothing to show. */
export const shown = (value: number | null, log = false): number | null =>
  value === null || (log && value <= 0) ? null : value;
