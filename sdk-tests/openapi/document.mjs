// The OpenAPI document that the program prints, and following its references.
import { execFileSync } from 'node:child_process';
import { program } from '../lib/paths.mjs';

export function ownDocument() {
  return execFileSync(program, ['openapi'], { encoding: 'utf8', maxBuffer: 16 << 20, env: { PATH: process.env.PATH } });
}

/** The thing itself instead of a reference to it; members beside a `$ref` count too, as OpenAPI 3.1 has it. */
export function resolve(document, node) {
  if (node?.$ref === undefined) return node;
  const { $ref, ...beside } = node;
  const target = $ref
    .split('/')
    .slice(1)
    .reduce((at, step) => at?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  return { ...resolve(document, target), ...beside };
}
