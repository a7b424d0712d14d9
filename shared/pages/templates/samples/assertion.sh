
b64() { base64 | tr -d '=\n' | tr '/+' '_-'; }
now=$(date +%s)
head=$(printf '{"alg":"ES384","typ":"JWT","kid":"%s"}' "$KID" | b64)
claims=$(printf '{"iss":"%s","sub":"%s","aud":"%s","exp":%d,"jti":"%s"}' \
  @client_id@ @client_id@ @token_endpoint@ $((now + 240)) "$(openssl rand -hex 16)" | b64)
# openssl writes ECDSA signatures as DER; a JWT holds r and s, 48 bytes each.
signature=$(printf %s "$head.$claims" | openssl dgst -sha384 -sign private.pem -binary | openssl asn1parse -inform DER |
  perl -ne 'print pack "H*", substr("0" x 96 . $1, -96) if /INTEGER +:([0-9A-F]+)/' | b64)
