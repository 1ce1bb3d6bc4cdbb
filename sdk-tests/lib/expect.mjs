// What several tests say about answers, in one place.
import assert from 'node:assert/strict';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
export const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** The error body: the bare object and the `errors` list, both saying the same. */
export function assertErrorBody(body, { code, pointer, parameter }) {
  const { errors, ...bare } = body;
  assert.equal(bare.code, code, JSON.stringify(body));
  for (const member of ['title', 'detail']) assert.equal(typeof bare[member], 'string', member);
  assert.equal(typeof bare.meta?.url, 'string');
  if (pointer !== undefined) assert.equal(bare.source?.pointer, pointer);
  if (parameter !== undefined) assert.equal(bare.source?.parameter, parameter);
  assert.deepEqual(errors, [bare]);
}

/** A predicate for `assert.rejects`: the SDK's error class, its status, and the error body it carries. */
export function failsWith(errorClass, status, expected) {
  return (error) => {
    assert.ok(error instanceof errorClass, `${error.constructor.name}: ${error.message}`);
    assert.equal(error.status, status);
    assertErrorBody(error.error, expected);
    return true;
  };
}
