# Node.js, nothing to install. Writes private.jwk and private.pem, and prints the public half to register.
node -e '
const { generateKeyPairSync, randomUUID } = require("node:crypto"), { writeFileSync } = require("node:fs");
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
const about = { kid: randomUUID(), alg: "ES384", use: "sig" };
const mode = 0o600;
writeFileSync("private.jwk", JSON.stringify({ ...privateKey.export({ format: "jwk" }), ...about }), { mode });
writeFileSync("private.pem", privateKey.export({ format: "pem", type: "pkcs8" }), { mode });
console.log(JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), ...about }] }));
'
