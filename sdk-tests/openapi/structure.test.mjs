// Each field, type, bound, default, example and status of the vendor's fragment stands in our own document too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { ownDocument, resolve } from './document.mjs';

const fragment = parse(readFileSync(new URL('seed-fragment.yaml', import.meta.url), 'utf8'));

const show = (value) => (value === undefined ? 'nothing' : JSON.stringify(value));
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists what `wanted` says and `own` does not. Both may hold references into their documents. */
function differences(wanted, own, path, ownDoc) {
  const expected = resolve(fragment, wanted);
  const actual = resolve(ownDoc, own);
  if (!isObject(expected)) {
    return isDeepStrictEqual(expected, actual) ? [] : [`${path}: wanted ${show(expected)}, have ${show(actual)}`];
  }
  if (!isObject(actual)) return [`${path}: wanted an object, have ${show(actual)}`];
  return Object.entries(expected).flatMap(([key, value]) => member(key, value, actual, `${path}/${key}`, ownDoc));
}

function member(key, value, actual, path, ownDoc) {
  switch (key) {
    case 'description':
      return [];
    case 'example':
      return examples(actual).some((example) => isDeepStrictEqual(example, value))
        ? []
        : [`${path}: wanted ${show(value)}, have ${examples(actual).map(show).join(' or ') || 'nothing'}`];
    case 'required':
    case 'tags':
      if (!Array.isArray(value)) return differences(value, actual[key], path, ownDoc);
      return value
        .filter((entry) => !(actual[key] ?? []).includes(entry))
        .map((entry) => `${path}: wanted ${show(entry)} among ${show(actual[key])}`);
    case 'additionalProperties':
      return actual[key] === false ? [`${path}: further properties are forbidden`] : [];
    case 'parameters':
      return value.flatMap((wanted) => parameter(wanted, actual.parameters ?? [], path, ownDoc));
    default:
      return differences(value, actual[key], path, ownDoc);
  }
}

/** Examples may be given the OpenAPI 3.0 way (one) or the JSON Schema way (a list). */
function examples(schema) {
  const listed = Array.isArray(schema.examples) ? schema.examples : [];
  return schema.example !== undefined ? [schema.example, ...listed] : listed;
}

function parameter(wanted, own, path, ownDoc) {
  const expected = resolve(fragment, wanted);
  const found = own.map((entry) => resolve(ownDoc, entry)).find((p) => p.name === expected.name && p.in === expected.in);
  return differences(expected, withSchemaExample(found), `${path}/${expected.name}`, ownDoc);
}

/** An example beside a parameter's schema says the same as one within it. */
function withSchemaExample(found) {
  if (found?.example === undefined) return found;
  return { ...found, schema: { ...found.schema, examples: examples(found.schema).concat([found.example]) } };
}

const document = JSON.parse(ownDocument());

for (const [path, item] of Object.entries(fragment.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    test(`${method.toUpperCase()} ${path} documents what the vendor documents`, () => {
      const found = differences(operation, document.paths[path]?.[method], `${method} ${path}`, document);
      assert.equal(found.length, 0, `\n${found.join('\n')}`);
    });

    test(`${method.toUpperCase()} ${path} asks for the vendor's kind of key`, () => {
      const security = document.paths[path]?.[method]?.security ?? document.security ?? [];
      assert.ok(security.some((entry) => isDeepStrictEqual(entry, { bearerAuth: [] })), show(security));
      const own = document.components.securitySchemes.bearerAuth;
      assert.deepEqual({ type: own.type, scheme: own.scheme }, fragment.components.securitySchemes.bearerAuth);
    });
  }
}

test('the comparison sees what is missing', () => {
  const [path] = Object.keys(fragment.paths);
  const spoiled = structuredClone(fragment);
  spoiled.components.schemas.CreateRoomClientTokenRequest.properties.token_ttl_secs.maximum = 3601;
  delete spoiled.paths[path].post.responses['403'];
  const found = differences(fragment.paths[path].post, spoiled.paths[path].post, 'post', spoiled);
  assert.equal(found.length, 2, found.join('\n'));
  assert.match(found[0], /token_ttl_secs\/maximum: wanted 3600, have 3601/);
  assert.match(found[1], /responses\/403: wanted an object, have nothing/);
});
