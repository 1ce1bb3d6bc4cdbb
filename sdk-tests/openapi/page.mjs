// Reads an API page that OpenAPI Generator's `typescript` target wrote, as facts: one object for each method.
import { runInNewContext } from 'node:vm';

export function readPage(markdown) {
  const [head, ...sections] = markdown.split(/^# \*\*(?=\w+\*\*$)/m);
  const urls = new Map(
    [...head.matchAll(/^\[\*\*(\w+)\*\*\]\(\S+\) \| (\*\*\w+\*\* \S+) \|/gm)].map(([, name, http]) => [name, http]),
  );
  return {
    page: /^# \.(\w+)$/m.exec(head)?.[1],
    operations: sections.map((section) => readOperation(section, urls)),
  };
}

function readOperation(text, urls) {
  const method = /^\w+/.exec(text)[0];
  const [, returns, called, parameters] = /^> (\w+) (\w+)\((.*)\)$/m.exec(text) ?? [];
  const [, requestType, example] = /^(?:const|let) \w+:\s*\.?(\w+) = (\{$[^]*?^\});$/m.exec(text) ?? [];
  const headers = [...part(text, '### HTTP request headers').matchAll(/^ - \*\*([\w-]+)\*\*: (.*)$/gm)];
  return {
    method: called === method ? method : undefined,
    http: urls.get(method),
    returns: part(text, '### Return type').trim() === `**${returns}**` ? returns : undefined,
    arguments: parameters,
    requestType,
    example: evaluate(example),
    parameters: rows(part(text, '### Parameters')).map(([name, type, , notes]) => ({
      name: name.replaceAll('*', ''),
      type,
      notes: notes ?? '',
    })),
    authorization: part(text, '### Authorization').trim(),
    headers: Object.fromEntries(headers.map(([, name, value]) => [name, value])),
    statuses: [...part(text, '### HTTP response details').matchAll(/^\*\*(\d+)\*\* \|/gm)].map(([, status]) => status),
  };
}

/** The text under a heading, up to the next one. */
function part(text, heading) {
  return text.split(`${heading}\n`)[1]?.split(/^(?:### |\[\[Back)/m)[0] ?? '';
}

/** The rows of a table, split into cells, without the two lines of its head. */
function rows(table) {
  const lines = table.split('\n').filter((line) => line.includes('|'));
  return lines.slice(2).map((line) => line.split('|').map((cell) => cell.trim()));
}

/** The example is a JavaScript object literal with comments. */
function evaluate(literal) {
  return literal && JSON.parse(JSON.stringify(runInNewContext(`(${literal})`)));
}
