/** A text in every language of the lab. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** A text in both languages, in one line. */
export const text = (en: string, zh: string): Text => ({ en, zh });

/** The languages of the lab. */
export type Language = keyof Text;
export const languages: readonly Language[] = ["en", "zh"];

/** What the parameters of an experiment are set to, by name. */
export type Values = Readonly<Record<string, number | boolean | string>>;

/** A number between two ends. Where `min` and `step` are whole, it has to be whole. */
export interface NumberParameter {
  readonly kind: "number";
  /** In camelCase; the option of the command line is made of it. */
  readonly name: string;
  readonly label: Text;
  readonly min: number;
  readonly max: number;
  /** Of a slider; other numbers between the ends are allowed too. */
  readonly step: number;
  readonly default: number;
  readonly unit?: string;
  /** A slider that moves by factors. */
  readonly log?: boolean;
}

interface ChoiceParameter {
  readonly kind: "choice";
  readonly name: string;
  readonly label: Text;
  readonly choices: readonly { readonly value: string; readonly label: Text }[];
  readonly default: string;
}

interface SwitchParameter {
  readonly kind: "switch";
  readonly name: string;
  readonly label: Text;
  readonly default: boolean;
}

export type Parameter = NumberParameter | ChoiceParameter | SwitchParameter;

/** How far an experiment is: `done` parts of `of`. */
export interface Progress {
  readonly done: number;
  readonly of: number;
  readonly note?: Text;
  /** What there is already, where it makes a picture: the plots of the experiment take it. */
  readonly partial?: Results;
}

/** One measured number. */
interface NamedNumber {
  readonly name: string;
  readonly label: Text;
  readonly value: number;
  readonly unit?: string;
}

/** Points or a curve; null where there is none. `low` and `high` are the ends of a band around y. */
export interface Series {
  readonly name: string;
  readonly label: Text;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
}

/** At most about 2500 entries, since each is drawn. */
export interface Matrix {
  readonly name: string;
  readonly label: Text;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
}

/** A table of cells: numbers, words that are the same in every language, or texts. */
export interface Table {
  readonly name: string;
  readonly label: Text;
  readonly columns: readonly Text[];
  readonly rows: readonly (readonly (number | string | Text)[])[];
}

/** A sentence made of the measured numbers. */
export interface Finding {
  readonly text: Text;
  /** It goes against the usual answer. */
  readonly contradicts?: boolean;
}

/** What an experiment has found: plain JSON, all numbers finite. */
export interface Results {
  readonly numbers: readonly NamedNumber[];
  readonly series: readonly Series[];
  readonly matrices?: readonly Matrix[];
  readonly tables?: readonly Table[];
  readonly findings: readonly Finding[];
}

export interface Axis {
  readonly label: Text;
  readonly log?: boolean;
  /** Where the axis begins and ends; as the numbers have it where it does not say. */
  readonly from?: number;
  readonly to?: number;
}

interface AnyPlot {
  /** Unique in the experiment: part of a file's name. */
  readonly name: string;
  readonly title: Text;
}

/** Curves over numbers, with the bands that their series have. */
export interface LinesPlot extends AnyPlot {
  readonly kind: "lines";
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly string[];
  /** Marks at the points; worth it where they are few. */
  readonly marked?: boolean;
  /** Upright lines, for example where training ended. */
  readonly marks?: readonly { readonly at: number; readonly label: Text }[];
}

/** Points. With `categories`, x counts those from 0 (0.1 is a little right of the first). */
export interface ScatterPlot extends AnyPlot {
  readonly kind: "scatter";
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly string[];
  readonly categories?: readonly Text[];
}

/** A group of bars a category; x of the series counts the categories from 0, bands are whiskers. */
export interface BarsPlot extends AnyPlot {
  readonly kind: "bars";
  readonly categories: readonly Text[];
  readonly y: Axis;
  readonly series: readonly string[];
}

/** A matrix in colours: 0 is the page's own, orange above, blue below, up to the largest by size. */
export interface HeatmapPlot extends AnyPlot {
  readonly kind: "heatmap";
  readonly matrix: string;
  /** What the columns are. */
  readonly x: Text;
  /** What the rows are. */
  readonly y: Text;
}

export type Plot = LinesPlot | ScatterPlot | BarsPlot | HeatmapPlot;

interface Reference {
  readonly authors: string;
  readonly title: string;
  readonly year: number;
  readonly section?: string;
  readonly url: string;
}

interface RunContext {
  /** All that is random comes from it: the same seed gives the same results, times apart. */
  readonly seed: number;
  /** To hand on to calls that take long. A stop between two yields needs no care: see `run`. */
  readonly signal?: AbortSignal;
}

/** One question's experiment. */
export interface Experiment {
  /** In kebab-case: the name of the command and of its files, and part of the page's address. */
  readonly id: string;
  /** 1 to 18. */
  readonly question: number;
  readonly parameters: readonly Parameter[];
  /** The smallest budget that still shows something, for tests: at most about 3 s on simd. */
  readonly smallest: Values;
  /** Rough time at the defaults on simd with two threads. */
  readonly seconds: number;
  /**
   * Measures, on whatever backend is active, and yields at least every 200 ms or so of work.
   *
   * Whoever runs it lets other work go on at each yield, and stops it there with `return()`: so
   * what it holds is freed in a `finally`, then and when it throws.
   */
  run(values: Values, context: RunContext): AsyncGenerator<Progress, Results, void>;
  /** The pictures of results, whole or partial. */
  plots(results: Results): readonly Plot[];
  /** About ten lines of TypeScript that run as they stand. */
  readonly code: string;
  readonly references: readonly Reference[];
}
