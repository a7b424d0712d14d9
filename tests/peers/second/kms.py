"""Our stand-in for KMS held against another one, operation by operation, and its signatures verified by a third library.

The same call goes to both. Their answers must have the same status, the same members and, where they are not drawn anew, the
same values; a refusal must be the same exception. Where they differ on purpose, `DIFFERENCES` says why.

Usage: kms.py PROGRAM URL
"""

import base64
import hashlib
import json
import os
import subprocess
import sys

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

KINDS = ["RSA_2048", "RSA_3072", "ECC_NIST_P256", "ECC_NIST_P384", "HMAC_256", "SYMMETRIC_DEFAULT"]
DISABLED = "RSA_3072"
USES = {"HMAC_256": "GENERATE_VERIFY_MAC", "SYMMETRIC_DEFAULT": "ENCRYPT_DECRYPT"}
ALGORITHMS = {
    "RSA_2048": [f"RSASSA_{kind}_SHA_{size}" for kind in ("PKCS1_V1_5", "PSS") for size in (256, 384, 512)],
    "ECC_NIST_P256": ["ECDSA_SHA_256"],
    "ECC_NIST_P384": ["ECDSA_SHA_384"],
}
MESSAGE = b"a message"
# Drawn anew by each, or long facts about keys of which ours tells only what the functions could ask for.
DRAWN = {"KeyId", "Arn", "PublicKey", "Signature", "Mac", "CiphertextBlob", "message", "Message"}

# What AWS tells of a key that the other leaves out: the API reference has it in the answers of both operations.
ONLY_OURS = {"CustomerMasterKeySpec", "AWSAccountId"}
SIGNED = '{"KeyId": "drawn", "Signature": "drawn", "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}'
# By case: what ours answers, how the other's answer begins, and why ours is right. Source: AWS KMS API reference.
DIFFERENCES = {
    f"GetPublicKey {DISABLED}": ("400 DisabledException", "{", "DisabledException is among the operation's errors"),
    "GetPublicKey HMAC_256": (
        "400 UnsupportedOperationException",
        "400 InvalidKeyUsageException",
        "as for the other symmetric kind, where the two agree; the functions treat all refusals alike",
    ),
    "GetPublicKey without a key": ("400 ValidationException", "400 NotFoundException", "KeyId is required"),
    "DescribeKey without a key": ("400 ValidationException", "400 NotFoundException", "KeyId is required"),
    "Sign 4097 bytes": ("400 ValidationException", SIGNED, "a raw message has at most 4096 bytes"),
    "Sign nothing": ("400 ValidationException", SIGNED, "a message has at least one byte"),
    "Encrypt with a key that signs": (
        "400 InvalidKeyUsageException",
        "400 UnsupportedOperationException",
        "for encrypting, the KeyUsage must be ENCRYPT_DECRYPT",
    ),
    "Encrypt 4097 bytes": ("400 ValidationException", "{", "a plaintext has at most 4096 bytes"),
    "Decrypt with a key that signs": (
        "400 InvalidKeyUsageException",
        "400 UnsupportedOperationException",
        "for decrypting, the KeyUsage must be ENCRYPT_DECRYPT",
    ),
}


class Kms:
    """A KMS at an address, with its keys by their kind."""

    def __init__(self, url):
        self.url, self.keys = url, {}
        self.http = requests.Session()
        self.http.trust_env = False

    def call(self, operation, **members):
        """The status and the body of one answer; a key is named by its kind."""
        if "KeyId" in members:
            members["KeyId"] = self.keys.get(members["KeyId"], members["KeyId"])
        headers = {
            "X-Amz-Target": f"TrentService.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/kms/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        answer = self.http.post(f"{self.url}/", data=json.dumps(members), headers=headers, timeout=60)
        return answer.status_code, answer.json() if answer.text else {}


class Other(Kms):
    """The other KMS, with keys of the same kinds made for this."""

    def __init__(self, url):
        super().__init__(url)
        for kind in KINDS:
            _, made = self.call("CreateKey", KeySpec=kind, KeyUsage=USES.get(kind, "SIGN_VERIFY"))
            self.keys[kind] = made["KeyMetadata"]["Arn"]
        self.call("DisableKey", KeyId=DISABLED)


def text(content):
    return base64.b64encode(content).decode()


def digest(algorithm, content=MESSAGE):
    return hashlib.new(f"sha{algorithm.rsplit('_', 1)[1]}", content).digest()


def simple_cases():
    """Calls that need nothing from an earlier answer."""
    for kind in KINDS:
        yield f"GetPublicKey {kind}", "GetPublicKey", {"KeyId": kind}
        yield f"DescribeKey {kind}", "DescribeKey", {"KeyId": kind}
    for operation in ("GetPublicKey", "DescribeKey"):
        yield f"{operation} of no key", operation, {"KeyId": "arn:aws:kms:eu-central-1:000000000000:key/none"}
        yield f"{operation} without a key", operation, {}
    for kind, algorithms in ALGORITHMS.items():
        for algorithm in algorithms:
            sign = {"KeyId": kind, "SigningAlgorithm": algorithm}
            yield f"Sign raw {kind} {algorithm}", "Sign", {**sign, "Message": text(MESSAGE)}
            of_digest = {**sign, "MessageType": "DIGEST"}
            yield f"Sign digest {kind} {algorithm}", "Sign", {**of_digest, "Message": text(digest(algorithm))}
            yield f"Sign short digest {kind} {algorithm}", "Sign", {**of_digest, "Message": text(b"short")}
    rsa = {"KeyId": "RSA_2048", "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}
    yield "Sign with a disabled key", "Sign", {**rsa, "KeyId": DISABLED, "Message": text(MESSAGE)}
    yield "Sign with no key", "Sign", {**rsa, "KeyId": "arn:aws:kms:eu-central-1:000000000000:key/none", "Message": text(MESSAGE)}
    yield "Sign with the algorithm of another kind", "Sign", {**rsa, "KeyId": "ECC_NIST_P256", "Message": text(MESSAGE)}
    yield "Sign with a key for MACs", "Sign", {**rsa, "KeyId": "HMAC_256", "Message": text(MESSAGE)}
    yield "Sign 4096 bytes", "Sign", {**rsa, "Message": text(b"m" * 4096)}
    yield "Sign 4097 bytes", "Sign", {**rsa, "Message": text(b"m" * 4097)}
    yield "Sign nothing", "Sign", {**rsa, "Message": ""}
    mac = {"KeyId": "HMAC_256", "MacAlgorithm": "HMAC_SHA_256", "Message": text(MESSAGE)}
    yield "GenerateMac", "GenerateMac", mac
    yield "GenerateMac with a key that signs", "GenerateMac", {**mac, "KeyId": "RSA_2048"}
    yield "GenerateMac with another algorithm", "GenerateMac", {**mac, "MacAlgorithm": "HMAC_SHA_512"}
    yield "GenerateMac over 4097 bytes", "GenerateMac", {**mac, "Message": text(b"m" * 4097)}
    yield "VerifyMac of another MAC", "VerifyMac", {**mac, "Mac": text(bytes(32))}
    encrypt = {"KeyId": "SYMMETRIC_DEFAULT", "Plaintext": text(MESSAGE)}
    yield "Encrypt", "Encrypt", encrypt
    yield "Encrypt with a context", "Encrypt", {**encrypt, "EncryptionContext": {"purpose": "test"}}
    yield "Encrypt with a key that signs", "Encrypt", {**encrypt, "KeyId": "RSA_2048"}
    yield "Encrypt 4097 bytes", "Encrypt", {**encrypt, "Plaintext": text(b"m" * 4097)}
    yield "Decrypt of nonsense", "Decrypt", {"CiphertextBlob": text(b"nonsense")}


def exception(body):
    """The name of an exception, without the namespace that may stand before it."""
    return body.get("__type", "").rsplit("#", 1)[-1]


def said(status, body):
    """What is compared of an answer: its status, its exception, its members and those values that are not drawn."""
    if status != 200:
        return f"{status} {exception(body)}"
    body = body.get("KeyMetadata", body)
    told = {name: "drawn" if name in DRAWN else body[name] for name in sorted(body)}
    return json.dumps({name: sorted(value) if isinstance(value, list) else value for name, value in told.items()})


class Comparison:
    """All that was compared, and where the two disagree."""

    def __init__(self, ours, other):
        self.ours, self.other = ours, other
        self.compared, self.differing, self.unused = 0, [], set(DIFFERENCES)

    def compare(self, case, ours, other):
        self.compared += 1
        one, two = said(*ours), said(*other)
        if case in DIFFERENCES:
            wanted, begins, _ = DIFFERENCES[case]
            self.unused.discard(case)
            if one == wanted and two.startswith(begins):
                return
        elif agrees(one, two):
            return
        self.differing.append(f"{case}\n    ours:  {one}\n    other: {two}")

    def both(self, case, operation, members):
        ours, other = self.ours.call(operation, **members), self.other.call(operation, **members)
        self.compare(case, ours, other)
        return ours, other


def agrees(one, two):
    """The same refusal, or an answer of which ours has nothing that the other does not say too."""
    if not (one.startswith("{") and two.startswith("{")):
        return one == two
    ours, other = json.loads(one), json.loads(two)
    return all(other.get(name) == value for name, value in ours.items() if name not in ONLY_OURS)


def verify(public_key, algorithm, signature, content=MESSAGE):
    """Source: RFC 8017 §8, FIPS 186-5 §6; by the library `cryptography`."""
    key = load_der_public_key(public_key)
    hashed = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm.rsplit("_", 1)[1]]
    prehashed = utils.Prehashed(hashed)
    if algorithm.startswith("ECDSA"):
        key.verify(signature, digest(algorithm, content), ec.ECDSA(prehashed))
    elif "PSS" in algorithm:
        pss = padding.PSS(mgf=padding.MGF1(hashed), salt_length=hashed.digest_size)
        key.verify(signature, digest(algorithm, content), pss, prehashed)
    else:
        key.verify(signature, digest(algorithm, content), padding.PKCS1v15(), prehashed)


def signatures_verify(kms):
    """Of the message and of its digest; that of another message does not."""
    verified = 0
    for kind, algorithms in ALGORITHMS.items():
        public_key = base64.b64decode(kms.call("GetPublicKey", KeyId=kind)[1]["PublicKey"])
        for algorithm in algorithms:
            for message, how in ((MESSAGE, "RAW"), (digest(algorithm), "DIGEST")):
                members = {"KeyId": kind, "SigningAlgorithm": algorithm, "MessageType": how}
                _, answer = kms.call("Sign", **members, Message=text(message))
                signature = base64.b64decode(answer["Signature"])
                verify(public_key, algorithm, signature)
                try:
                    verify(public_key, algorithm, signature, b"another message")
                    sys.exit(f"{kind} {algorithm}: the signature holds for another message")
                except InvalidSignature:
                    verified += 1
    return verified


def macs_and_ciphertexts_come_back(comparison):
    """What one call made, the next takes: each of the two with its own."""
    mac = {"KeyId": "HMAC_256", "MacAlgorithm": "HMAC_SHA_256", "Message": text(MESSAGE)}
    made = comparison.both("GenerateMac again", "GenerateMac", mac)
    again = comparison.both("GenerateMac once more", "GenerateMac", mac)
    for (_, one), (_, two) in zip(made, again, strict=True):
        if one["Mac"] != two["Mac"] or len(base64.b64decode(one["Mac"])) != 32:
            sys.exit("a MAC is not 32 bytes that repeat themselves")
    each = [kms.call("VerifyMac", **mac, Mac=answer["Mac"]) for kms, (_, answer) in zip(pair(comparison), made, strict=True)]
    comparison.compare("VerifyMac", *each)
    context = {"purpose": "test"}
    encrypt = {"KeyId": "SYMMETRIC_DEFAULT", "Plaintext": text(MESSAGE), "EncryptionContext": context}
    made = [kms.call("Encrypt", **encrypt)[1]["CiphertextBlob"] for kms in pair(comparison)]
    for case, members in {
        "Decrypt": {"EncryptionContext": context},
        "Decrypt with its key": {"EncryptionContext": context, "KeyId": "SYMMETRIC_DEFAULT"},
        "Decrypt with another context": {"EncryptionContext": {"purpose": "other"}},
        "Decrypt without its context": {},
        "Decrypt with a key that signs": {"EncryptionContext": context, "KeyId": "RSA_2048"},
    }.items():
        each = [kms.call("Decrypt", **members, CiphertextBlob=blob) for kms, blob in zip(pair(comparison), made, strict=True)]
        comparison.compare(case, *each)


def pair(comparison):
    return comparison.ours, comparison.other


def main():
    program, url = sys.argv[1:]
    with subprocess.Popen([os.path.abspath(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        told = json.loads(running.stdout.readline())
        ours, other = Kms(told["url"]), Other(url)
        ours.keys = told["keys"]
        comparison = Comparison(ours, other)
        for case in simple_cases():
            comparison.both(*case)
        macs_and_ciphertexts_come_back(comparison)
        verified = signatures_verify(ours)
        running.stdin.close()
    for case in comparison.differing:
        print(case)
    for case in comparison.unused:
        print(f"DIFFERENCES names {case}, which was not compared")
    if comparison.differing or comparison.unused:
        sys.exit("the two do not agree")
    print(f"{comparison.compared} answers compared, {len(DIFFERENCES)} known differences, {verified} signatures verified")


main()
