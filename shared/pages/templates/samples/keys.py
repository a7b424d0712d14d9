# pip install "pyjwt[crypto]" requests. private.jwk is your private key as a JWK, ES384, with its kid.
import json, secrets, time@imports@
import jwt, requests

jwk = json.load(open("private.jwk"))
now = int(time.time())
claims = {
    "iss": @client_id@, "sub": @client_id@,
    "aud": @token_endpoint@,
    "exp": now + 240, "iat": now, "jti": secrets.token_urlsafe(24),
}
assertion = jwt.encode(claims, jwt.PyJWK(jwk).key, algorithm="ES384", headers={"kid": jwk["kid"]})
@ask@answer = requests.post(@token_endpoint@, data={
    @grant@
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": assertion,
})
print(answer.json())
