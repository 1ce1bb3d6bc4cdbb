// Reads the text that `/metrics` answers: the Prometheus text format, and OpenMetrics, which is the same for our ends.
// https://prometheus.io/docs/instrumenting/exposition_formats/

/** One measured value. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** More than this server ever shows; what comes after it is not read. */
const SAMPLES_MAX = 20_000;

/** All samples of the text, in its order. Lines that are no samples are passed over. */
export function parseMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (samples.length >= SAMPLES_MAX) break;
    const sample = parseLine(line);
    if (sample) samples.push(sample);
  }
  return samples;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;
/** The value; what may follow it (a time, an exemplar) is not looked at. */
const VALUE = /^\s+(\S+)/;

function parseLine(line: string): Sample | undefined {
  const name = NAME.exec(line)?.[0];
  if (!name) return undefined;
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at += 1;
    for (;;) {
      LABEL.lastIndex = at;
      const label = LABEL.exec(line);
      if (!label) break;
      labels[label[1] as string] = unescaped(label[2] as string);
      at = LABEL.lastIndex;
    }
    const close = /^\s*\}/.exec(line.slice(at));
    if (!close) return undefined;
    at += close[0].length;
  }
  const value = VALUE.exec(line.slice(at))?.[1];
  const number = value === undefined ? undefined : parseValue(value);
  return number === undefined ? undefined : { name, labels, value: number };
}

function parseValue(text: string): number | undefined {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

const unescaped = (text: string) => text.replace(/\\(.)/g, (whole, character) => ESCAPED[character] ?? whole);
