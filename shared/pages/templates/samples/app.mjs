// npm install openid-client@keys_note@
import { createInterface } from "node:readline/promises";
@imports@import * as client from "openid-client";

const config = await client.discovery(new URL(@issuer@), @client_id@, undefined,
  @proof@@insecure@);
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const address = client.buildAuthorizationUrl(config, {
  redirect_uri: @redirect_uri@,
  scope: @scope@,
  aud: @fhir_base_url@,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: expectedState,
  nonce: expectedNonce,
});
console.log("Open this in a browser and allow it:", address.href);
const terminal = createInterface({ input: process.stdin, output: process.stdout });
const answered = await terminal.question("Paste the address that you end at: ");
terminal.close();
const checks = { pkceCodeVerifier, expectedState, expectedNonce };
console.log(await client.authorizationCodeGrant(config, new URL(answered.trim()), checks));
