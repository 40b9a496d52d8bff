"""What an operator of NATS' decentralised accounts makes with nsc, made with openssl: keys in NATS'
own notation, signed tokens, and a .creds file for a user."""

import base64
import json
import os
import subprocess
import time

SEED, OPERATOR, ACCOUNT, USER = 18 << 3, 14 << 3, 0, 20 << 3


def crc16(data):
    """CRC-16/XMODEM, least significant byte first."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc.to_bytes(2, "little")


def notation(prefix, key):
    data = bytes(prefix) + key
    return base64.b32encode(data + crc16(data)).rstrip(b"=").decode()


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An Ed25519 key of one role: public and seed, as NATS writes them."""

    def __init__(self, folder, name, role):
        self.path = os.path.join(folder, name + ".key.pem")
        self._openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
        # the last 32 bytes of either DER form are the key itself
        secret = self._openssl("pkey", "-in", self.path, "-outform", "DER")[-32:]
        public = self._openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]
        self.public = notation([role], public)
        self.seed = notation([SEED | role >> 5, (role & 31) << 3], secret)

    @staticmethod
    def _openssl(*args):
        return subprocess.run(["openssl", *args], check=True, capture_output=True).stdout

    def sign(self, name, subject, claims):
        """A token that says `claims` of `subject`, which is a public key."""
        body = {"jti": name, "iat": int(time.time()), "iss": self.public, "name": name,
                "sub": subject, "nats": {**claims, "version": 2}}
        text = ".".join(to_base64url(json.dumps(part).encode())
                        for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
        path = self.path + ".signed"
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        signature = self._openssl("pkeyutl", "-sign", "-inkey", self.path, "-rawin", "-in", path)
        return f"{text}.{to_base64url(signature)}"


def make_account(folder):
    """What the server's configuration says of an operator and one account, and the path of the
    .creds file of that account's user."""
    operator, account, user, system = (
        Key(folder, name, role) for name, role in
        (("operator", OPERATOR), ("account", ACCOUNT), ("user", USER), ("system", ACCOUNT)))
    limits = {key: -1 for key in ("subs", "data", "payload", "imports", "exports", "conn", "leaf")}
    stored = {key: -1 for key in ("mem_storage", "disk_storage", "streams", "consumer")}
    tokens = {
        "operator": operator.sign("operator", operator.public,
                                  {"type": "operator", "system_account": system.public}),
        account.public: operator.sign("judge", account.public, {
            "type": "account", "limits": {**limits, **stored, "wildcards": True}}),
        system.public: operator.sign("system", system.public, {
            "type": "account", "limits": {**limits, "wildcards": True}}),
    }
    token = account.sign("feeder", user.public, {
        "type": "user", "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1})
    path = os.path.join(folder, "user.creds")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
                   f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n")
    preload = "".join(f"  {key}: {value}\n" for key, value in tokens.items() if key != "operator")
    return (f"operator: {tokens['operator']}\nsystem_account: {system.public}\nresolver: MEMORY\n"
            f"resolver_preload: {{\n{preload}}}\n"), path
