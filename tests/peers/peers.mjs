// What the JavaScript suites share: the facts of `.local/dev.json`, tokens made and judged by npm's `jose`, and how
// Chromium is started.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SignJWT, createRemoteJWKSet, importJWK, jwtVerify } from 'jose';

/** How Playwright starts Debian's Chromium: headless, and quiet on the network. */
export const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-proxy-server',
  ],
};

/** Ends the suite with a sentence if `got` is not what was wanted. */
export function expect(what, wanted, got) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    fail(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  }
}

/** Ends the suite with this sentence. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** The facts of the file that `cargo dev` wrote, with the discovery document that it leads to. */
export async function readStack(path) {
  const facts = JSON.parse(readFileSync(path, 'utf8'));
  const discovery = await (await fetch(`${facts.fhir_base_url}/.well-known/smart-configuration`)).json();
  return { ...facts, discovery };
}

/** The first client of this type: by contract the plain one. */
export const clientOfType = (stack, type) => stack.clients.find((client) => client.type === type);

/** The first user of this role: by contract the plain one. */
export const userOfRole = (stack, role) => stack.users.find((user) => user.role === role);

/** A fresh client assertion. Source: SMART App Launch 2.2, client-confidential-asymmetric#authentication-jwt. */
export async function assertion(client, audience) {
  const alg = { EC: 'ES384', RSA: 'RS384' }[client.private_jwk.kty];
  return new SignJWT({})
    .setProtectedHeader({ alg, typ: 'JWT', kid: client.private_jwk.kid })
    .setIssuer(client.client_id)
    .setSubject(client.client_id)
    .setAudience(audience)
    .setExpirationTime('4 minutes')
    .setJti(randomUUID())
    .sign(await importJWK(client.private_jwk, alg));
}

/** `POST`s a client_credentials request; `scope` may be left out. */
export async function askForToken(door, clientAssertion, scope) {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion,
    ...(scope && { scope }),
  });
  const answer = await fetch(door, { method: 'POST', body: form });
  return { status: answer.status, ...(await answer.json()) };
}

/** The claims of an access token, verified against the served JWKS. Source: RFC 9068 §4. */
export async function verifyAccessToken(stack, token) {
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(stack.discovery.jwks_uri)), {
    issuer: stack.issuer,
    audience: stack.fhir_base_url,
    typ: 'at+jwt',
    requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti', 'scope'],
  });
  return payload;
}

/** A resource of the FHIR API, and the status that it came with. */
export async function readFhir(stack, path, token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`${stack.fhir_base_url}/${path}`, { headers });
  return { status: answer.status, resource: await answer.json() };
}
