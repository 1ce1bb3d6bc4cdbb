// The OpenAPI document that the program prints, and following its references.
import { execFileSync } from 'node:child_process';
import { program } from '../lib/paths.mjs';

export function ownDocument() {
  return execFileSync(program, ['openapi'], { encoding: 'utf8', maxBuffer: 16 << 20, env: { PATH: process.env.PATH } });
}

/**
 * The thing itself instead of a reference to it; members beside a `$ref` count too, as OpenAPI 3.1 has it, and so do
 * all parts of an `allOf`.
 */
export function resolve(document, node) {
  if (node?.$ref === undefined && node?.allOf === undefined) return node;
  const { $ref, allOf = [], ...beside } = node;
  const parts = [...($ref === undefined ? [] : [lookUp(document, $ref)]), ...allOf];
  return merge([...parts.map((part) => resolve(document, part)), beside]);
}

function lookUp(document, ref) {
  const steps = ref.split('/').slice(1);
  return steps.reduce((at, step) => at?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

function merge(schemas) {
  const merged = Object.assign({}, ...schemas);
  for (const key of ['properties', 'required']) {
    const parts = schemas.map((schema) => schema?.[key]).filter(Boolean);
    if (parts.length > 1) merged[key] = key === 'required' ? parts.flat() : Object.assign({}, ...parts);
  }
  return merged;
}
