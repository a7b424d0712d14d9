"""Prints the setting `provider`, the client secret in it encrypted by the emulator of KMS.

Usage: upstream_setting.py DEV_JSON PROVIDER, with the secret in PEERS_CLIENT_SECRET
"""

import base64
import json
import os
import sys

from peers import Http, Stack, expect


def encrypted(kms, secret):
    """The secret as base64 of what `Encrypt` made of it, for the one purpose that it may be opened for."""
    request = {
        "KeyId": "SettingsKey",
        "Plaintext": base64.b64encode(secret.encode()).decode(),
        "EncryptionContext": {"purpose": "upstream-client-secret"},
    }
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Encrypt"}
    answer = Http().post(kms, data=json.dumps(request), headers=headers)
    expect(f"status of Encrypt ({answer.text})", 200, answer.status_code)
    return answer.json()["CiphertextBlob"]


def main():
    facts = Stack(sys.argv[1]).facts
    setting = {
        "issuer": sys.argv[2],
        "client_id": "smart",
        "label": "Example ID",
        "client_secret_ciphertext": encrypted(facts["kms"], os.environ["PEERS_CLIENT_SECRET"]),
    }
    print(json.dumps(setting))


main()
