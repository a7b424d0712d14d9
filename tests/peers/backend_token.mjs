// A backend service gets a token with npm's `jose`, reads patients with it, and cannot use an assertion twice.
//
// Usage: backend_token.mjs DEV_JSON

import { askForToken, assertion, clientOfType, expect, readFhir, readStack, verifyAccessToken } from './peers.mjs';

const stack = await readStack(process.argv[2]);
const client = clientOfType(stack, 'backend');
const door = stack.discovery.token_endpoint;

const once = await assertion(client, door);
const answer = await askForToken(door, once, client.scope);
expect('status of the token answer', 200, answer.status);
expect('scope as asked', client.scope, answer.scope);

const claims = await verifyAccessToken(stack, answer.access_token);
expect('client_id in the token', client.client_id, claims.client_id);
expect('scope in the token', client.scope, claims.scope);
expect('the token lives for at most 300 s', true, claims.exp - claims.iat <= 300);

expect('status of GET Patient with the token', 200, (await readFhir(stack, 'Patient', answer.access_token)).status);
expect('status of GET Patient without a token', 401, (await readFhir(stack, 'Patient')).status);

for (const replayedAt of [door, stack.endpoints.backend_token]) {
  const refused = await askForToken(replayedAt, once, client.scope);
  expect(`a replay at ${replayedAt}`, [401, 'invalid_client'], [refused.status, refused.error]);
}

// Real clients leave `scope` out: they get what they are registered for.
const unasked = await askForToken(door, await assertion(client, stack.issuer));
expect('status without a scope', 200, unasked.status);
expect('scope without a scope', client.scope, unasked.scope);
