"""A mail server for tests: keeps each mail it takes as a JSON file in a folder.

    mail_server.py FOLDER PORT [--tls CERT KEY] [--auth USER PASSWORD]

PORT 0 takes a free one; the port is printed on the first line. Mail for an
address that begins with "gone" is refused for good, with its code; for one that
begins with "hidden", as Microsoft 365 refuses whom it does not know; for one that
begins with "barred", by a policy; for one that begins with "bare", and for all
where FOLDER has a file called "relay-denied", without a code. Where FOLDER has a
file called "hang-up", a mail is taken and the connection cut before the answer.
"""
import argparse
import email
import email.policy
import json
import os
import socket
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP


class Keep:
    def __init__(self, folder):
        self.folder, self.count = folder, len([f for f in os.listdir(folder) if f.endswith(".json")])

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 5.1.1 <%s> is not known here" % address
        if address.startswith("hidden"):
            return "550 5.4.1 Recipient address rejected: Access denied"
        if address.startswith("barred"):
            return "550 5.7.1 rejected by policy"
        if address.startswith("bare") or os.path.exists(os.path.join(self.folder, "relay-denied")):
            return "550 relay not permitted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = lambda kind: (mail.get_body((kind,)).get_content() if mail.get_body((kind,)) else "")
        kept = {
            "to": envelope.rcpt_tos[0],
            "from": envelope.mail_from,
            "headers": {name: str(value) for name, value in mail.items()},
            "plain": text("plain"),
            "html": text("html"),
            "attachments": [
                [part.get_filename(), part.get_content().decode() if part.get_content_type() != "text/plain"
                 else part.get_content()]
                for part in mail.iter_attachments()
            ],
            "raw": envelope.content.decode("utf-8", "replace"),
            "tls": session.ssl is not None,
            "user": str(session.auth_data or ""),
        }
        path = os.path.join(self.folder, "%06d" % self.count)
        self.count += 1
        with open(path + ".new", "w") as file:
            json.dump(kept, file)
        os.rename(path + ".new", path + ".json")
        if os.path.exists(os.path.join(self.folder, "hang-up")):
            server.transport.abort()
            return "421 gone"
        return "250 OK"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("folder")
    args.add_argument("port", type=int)
    args.add_argument("--tls", nargs=2)
    args.add_argument("--auth", nargs=2)
    args = args.parse_args()
    options = {"enable_SMTPUTF8": True}
    if args.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*args.tls)
        options |= {"tls_context": context, "require_starttls": True}
    if args.auth:
        wanted = tuple(word.encode() for word in args.auth)

        def check(server, session, envelope, mechanism, data):
            right = (data.login, data.password) == wanted
            return AuthResult(success=right, handled=False, auth_data=data.login.decode())

        options |= {"authenticator": check, "auth_required": True}

    class Server(Controller):
        def factory(self):
            return SMTP(self.handler, **options)

        def _trigger_server(self):
            """Knocks at the port that was taken, which 0 does not name."""
            address = self.server.sockets[0].getsockname()
            with socket.create_connection(address) as knock:
                knock.recv(1024)

    server = Server(Keep(args.folder), hostname="127.0.0.1", port=args.port)
    server.start()
    print(server.server.sockets[0].getsockname()[1], flush=True)
    sys.stdin.read()
    server.stop()


main()
